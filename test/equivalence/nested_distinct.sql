-- Distinct lists and structs
SELECT DISTINCT [k, NULL] AS l, {'a': a, 'k': k % 2} AS v FROM 'test/data/edges.csv';
