-- A sort over a full join: equal rows keep their order
SELECT o.id, c.id AS cid, c.name FROM 'test/data/orders.csv' o FULL JOIN 'test/data/customers.csv' c ON o.customer = c.id ORDER BY c.city;
