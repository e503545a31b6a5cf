-- A right join without an equality
SELECT o.id, c.name FROM 'test/data/orders.csv' o RIGHT JOIN 'test/data/customers.csv' c ON o.total < c.id * 100;
