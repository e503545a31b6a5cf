-- A semi join over joins filters the side that it looks at, below them; also behind a left join
CREATE TABLE orders AS SELECT id, customer, total FROM 'test/data/orders.csv';
CREATE TABLE customers AS SELECT id, name FROM 'test/data/customers.csv';
SELECT o.id, c.name, p.total AS other FROM customers c JOIN orders o ON o.customer = c.id
  LEFT JOIN orders p ON p.customer = o.customer
  WHERE c.id IN (SELECT customer FROM orders WHERE total > 300) ORDER BY ALL;
