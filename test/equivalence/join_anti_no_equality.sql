-- A anti join without an equality
SELECT o.id FROM 'test/data/orders.csv' o ANTI JOIN 'test/data/customers.csv' c ON o.total < c.id * 100;
