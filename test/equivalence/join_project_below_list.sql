-- Lists and texts of what is computed below a join keep the order of the join's rows
SELECT a.row % 3 AS g, string_agg(substring(b.s, 1, 2)) AS l, list(length(b.s)) AS n, first(yearweek(b.t)) AS f FROM 'test/data/edges.csv' a JOIN (SELECT * FROM 'test/data/edges.csv' ORDER BY row LIMIT 12) b ON a.row % 12 = b.row GROUP BY 1;
