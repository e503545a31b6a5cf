-- Sums with infinities and NaN
SELECT k, sum(x) AS s, avg(x) AS a, min(x) AS lo, max(x) AS hi FROM 'test/data/edges.csv' GROUP BY k;
