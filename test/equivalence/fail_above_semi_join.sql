-- A semi join stays above a join whose keys can fault: rows that it would remove fault all the same
-- error: overflow
CREATE TABLE orders AS SELECT id, customer, total FROM 'test/data/orders.csv';
CREATE TABLE customers AS SELECT id, name FROM 'test/data/customers.csv';
SELECT o.id FROM customers c JOIN orders o ON o.customer = c.id + 9223372036854775807
  WHERE o.id IN (SELECT id FROM orders WHERE total > 1000000);
