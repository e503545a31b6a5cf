-- Aggregates inside expressions, and of expressions
SELECT k + 1 AS k1, sum(length(s)) * 2 - count(*) AS c0, max(length(s)) - min(length(s)) AS c1, CASE WHEN count(x) > 20 THEN 'many' ELSE 'few' END AS c2, sum(d * 2) AS c3 FROM read_csv('test/data/edges.csv', types = {'d': 'decimal(12,2)'}) GROUP BY k;
