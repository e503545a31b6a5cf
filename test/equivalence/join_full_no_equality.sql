-- A full join without an equality
SELECT o.id, c.name FROM 'test/data/orders.csv' o FULL JOIN 'test/data/customers.csv' c ON o.total < c.id * 100;
