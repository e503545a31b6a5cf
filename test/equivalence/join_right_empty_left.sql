-- A right join with nothing on the left
SELECT c.id, c.name, e.x, e.s FROM 'test/data/empty.csv' e RIGHT JOIN 'test/data/customers.csv' c ON e.i = c.id;
