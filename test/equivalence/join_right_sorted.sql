-- A sort over a right join: equal rows keep their order
SELECT o.id, c.id AS cid, c.name FROM 'test/data/orders.csv' o RIGHT JOIN 'test/data/customers.csv' c ON o.customer = c.id ORDER BY c.city;
