-- A limit that begins behind the pairs
SELECT o.id, c.id AS cid FROM 'test/data/orders.csv' o RIGHT JOIN 'test/data/customers.csv' c ON o.customer = c.id AND o.id < 3 OFFSET 4;
