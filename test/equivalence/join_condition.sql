-- A join with an equality and more
SELECT o.id, c.name FROM 'test/data/orders.csv' o JOIN 'test/data/customers.csv' c ON o.customer = c.id AND o.total > 100 AND c.name <> 'Bob';
