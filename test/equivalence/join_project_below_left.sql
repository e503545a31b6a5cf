-- Rows of a left join without a match: null where the expression hands nulls on, else what it makes of them
SELECT a.row, length(b.s) AS n, coalesce(length(b.r), -7) AS m, b.s IS NULL AS missing, substring(b.s, 2, 3) AS part FROM 'test/data/edges.csv' a LEFT JOIN (SELECT * FROM 'test/data/edges.csv' ORDER BY row LIMIT 15) b ON a.row = b.row + 3;
