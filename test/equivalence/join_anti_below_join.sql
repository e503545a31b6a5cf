-- An anti join over a join filters the side that it looks at, below it, with its condition
CREATE TABLE orders AS SELECT id, customer, total FROM 'test/data/orders.csv';
CREATE TABLE customers AS SELECT id, name, city FROM 'test/data/customers.csv';
SELECT t.name, count(*) AS n, max(t.total) AS greatest
  FROM (SELECT c.id, c.city, o.total, c.name FROM customers c JOIN orders o ON o.customer = c.id) t
  ANTI JOIN orders w ON t.id = w.customer AND (t.city > t.name OR w.total > 450) GROUP BY t.name ORDER BY ALL;
