-- One row through every clause
SELECT i, count(*) AS n, sum(x) AS s, min(s) AS m FROM 'test/data/one.csv' WHERE i = 42 GROUP BY i HAVING count(*) = 1 ORDER BY i LIMIT 1;
