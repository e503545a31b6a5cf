-- Keys of rows without a match are null above a full join, and CASE sees it
SELECT yearweek(a.t) AS week, coalesce(length(b.s), -1) AS n, CASE WHEN yearweek(a.t) IS NULL THEN b.row ELSE a.row END AS r FROM (SELECT * FROM 'test/data/edges.csv' WHERE row < 40) a FULL JOIN (SELECT * FROM 'test/data/edges.csv' WHERE row >= 20 AND row < 70) b ON yearweek(a.t) = length(b.s);
