-- The rows that only one side has come behind the others
SELECT o.id, c.id AS cid FROM (SELECT * FROM 'test/data/orders.csv' LIMIT 5) o FULL JOIN 'test/data/customers.csv' c ON o.customer = c.id LIMIT 8;
