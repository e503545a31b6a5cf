-- IN and NOT IN of a subquery without nulls
SELECT id, customer IN (SELECT id FROM 'test/data/customers.csv' WHERE city = 'Ulm') AS here, customer NOT IN (SELECT id FROM 'test/data/customers.csv' WHERE id % 2 = 0) AS odd FROM 'test/data/orders.csv';
