-- Subqueries in HAVING, the select list and ORDER BY of groups
SELECT customer, count(*) AS n, (SELECT max(id) FROM 'test/data/customers.csv') AS most FROM 'test/data/orders.csv' GROUP BY customer HAVING max(total) > (SELECT (min(total) + max(total)) / 2 FROM 'test/data/orders.csv') AND customer IN (SELECT id FROM 'test/data/customers.csv') ORDER BY count(*) * (SELECT -1), customer;
