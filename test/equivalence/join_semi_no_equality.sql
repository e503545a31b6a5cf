-- A semi join without an equality
SELECT o.id FROM 'test/data/orders.csv' o SEMI JOIN 'test/data/customers.csv' c ON o.total < c.id * 100;
