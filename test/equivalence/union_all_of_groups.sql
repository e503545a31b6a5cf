-- UNION ALL of two aggregates
SELECT 'all' AS scope, count(*) AS n, sum(v) AS s FROM 'test/data/skewed.csv' UNION ALL SELECT 'seven', count(*), sum(v) FROM 'test/data/skewed.csv' WHERE k = 7;
