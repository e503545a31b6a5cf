-- Distinct elements
SELECT DISTINCT unnest([k, k + 1, NULL]) AS e FROM 'test/data/edges.csv';
