-- DISTINCT over several columns
SELECT DISTINCT k, a, x > 0 AS positive FROM 'test/data/edges.csv';
