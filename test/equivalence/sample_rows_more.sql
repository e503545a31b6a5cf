-- More rows than there are, and none
SELECT * FROM 'test/data/customers.csv' TABLESAMPLE 1000 UNION ALL SELECT * FROM 'test/data/customers.csv' TABLESAMPLE 0;
