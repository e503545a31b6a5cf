-- A semi join with nothing on the right
SELECT o.id FROM 'test/data/orders.csv' o SEMI JOIN (SELECT id AS i, name AS s, city AS x FROM 'test/data/customers.csv' WHERE id < 0) e ON o.customer = e.i;
