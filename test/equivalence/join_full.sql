-- A full join: rows without a match on either side, null keys, several matches
SELECT o.id, o.total, c.id AS cid, c.name, c.city FROM 'test/data/orders.csv' o FULL JOIN 'test/data/customers.csv' c ON o.customer = c.id;
