-- EXISTS and NOT EXISTS
SELECT id FROM 'test/data/customers.csv' WHERE EXISTS (SELECT * FROM 'test/data/orders.csv' WHERE total > 100) AND NOT EXISTS (SELECT 1 FROM 'test/data/orders.csv' WHERE total < 0) AND (id > 3 OR EXISTS (SELECT 1 FROM range(0)));
