-- A full join as the build side of another
SELECT a.id, b.oid, b.name FROM 'test/data/orders.csv' a JOIN (SELECT o.id AS oid, c.name, c.id FROM 'test/data/orders.csv' o FULL JOIN 'test/data/customers.csv' c ON o.customer = c.id) b ON a.customer = b.id;
