-- Subqueries in the arguments and filters of aggregates
SELECT customer, max(total - (SELECT min(total) FROM 'test/data/orders.csv')) AS above, count(*) FILTER (WHERE customer IN (SELECT id FROM 'test/data/customers.csv' WHERE city = 'Ulm')) AS from_ulm FROM 'test/data/orders.csv' GROUP BY customer;
