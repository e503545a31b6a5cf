-- A anti join keeps the order of its rows
SELECT o.id FROM 'test/data/orders.csv' o ANTI JOIN 'test/data/customers.csv' c ON o.customer = c.id LIMIT 8;
