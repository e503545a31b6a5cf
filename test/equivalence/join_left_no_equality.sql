-- A left join without an equality
SELECT o.id, c.id AS other, c.name FROM 'test/data/orders.csv' o LEFT JOIN 'test/data/customers.csv' c ON o.total < c.id * 100;
