-- Distinct intervals, a null among them
SELECT DISTINCT p - TIMESTAMP '2000-01-01' AS d FROM 'test/data/edges.csv';
