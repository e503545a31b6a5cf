-- A filter over a full join
SELECT o.id, c.name FROM 'test/data/orders.csv' o FULL JOIN 'test/data/customers.csv' c ON o.customer = c.id WHERE o.id IS NULL OR o.total > 300;
