-- UNION ALL of differing filters and types
SELECT range AS x, 'small' AS what FROM range(50) WHERE range % 3 = 0 UNION ALL SELECT range * 1.5 AS x, 'large' FROM range(40, 80) WHERE range % 2 = 1 UNION ALL SELECT id, name FROM 'test/data/customers.csv';
