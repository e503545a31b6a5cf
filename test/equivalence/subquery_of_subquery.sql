-- Subqueries in subqueries
SELECT id FROM 'test/data/customers.csv' WHERE id IN (SELECT customer FROM 'test/data/orders.csv' WHERE total > (SELECT (min(total) + max(total)) / 2 FROM 'test/data/orders.csv' WHERE customer IN (SELECT id FROM 'test/data/customers.csv' WHERE city = 'Ulm')));
