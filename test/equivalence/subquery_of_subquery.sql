-- Subqueries in subqueries
SELECT id FROM 'test/data/customers.csv' WHERE id IN (SELECT customer FROM 'test/data/orders.csv' WHERE total > (SELECT avg(total) FROM 'test/data/orders.csv' WHERE customer IN (SELECT id FROM 'test/data/customers.csv' WHERE city = 'Ulm')));
