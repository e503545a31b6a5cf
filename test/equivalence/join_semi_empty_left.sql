-- A semi join with nothing on the left
SELECT e.x FROM (SELECT id AS i, name AS s, city AS x FROM 'test/data/customers.csv' WHERE id < 0) e SEMI JOIN 'test/data/customers.csv' c ON e.i = c.id;
