-- A subquery in the key of a group, found again in the select list
SELECT customer IN (SELECT id FROM 'test/data/customers.csv' WHERE id < 4) AS known, count(*) AS n, sum(total) AS total FROM 'test/data/orders.csv' GROUP BY customer IN (SELECT id FROM 'test/data/customers.csv' WHERE id < 4);
