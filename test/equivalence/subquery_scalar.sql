-- Scalar subqueries: a value, nothing, in WHERE and in the select list
SELECT id, total - (SELECT min(total) FROM 'test/data/orders.csv') AS above, (SELECT name FROM 'test/data/customers.csv' WHERE id < 0) AS nothing FROM 'test/data/orders.csv' WHERE total > (SELECT (min(total) + max(total)) / 2 FROM 'test/data/orders.csv') + (SELECT 1);
