-- Group by two columns and an expression
SELECT k, a, length(s) % 3 AS m, count(*) AS n, sum(x) AS sx FROM 'test/data/edges.csv' GROUP BY k, a, 3;
