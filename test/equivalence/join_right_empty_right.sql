-- A right join with nothing on the right
SELECT o.id, e.x, e.s FROM 'test/data/orders.csv' o RIGHT JOIN 'test/data/empty.csv' e ON o.customer = e.i;
