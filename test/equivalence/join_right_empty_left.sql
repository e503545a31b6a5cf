-- A right join with nothing on the left
SELECT c.id, c.name, e.x, e.s FROM (SELECT id AS i, name AS s, city AS x FROM 'test/data/customers.csv' WHERE id < 0) e RIGHT JOIN 'test/data/customers.csv' c ON e.i = c.id;
