-- A filter over a right join
SELECT o.id, c.name FROM 'test/data/orders.csv' o RIGHT JOIN 'test/data/customers.csv' c ON o.customer = c.id WHERE o.id IS NULL OR o.total > 300;
