-- FROM first
FROM 'test/data/customers.csv' SELECT name WHERE id > 2 ORDER BY name;
