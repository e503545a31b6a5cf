-- A anti join: each row once, however many matches
SELECT o.id, o.total FROM 'test/data/orders.csv' o ANTI JOIN 'test/data/customers.csv' c ON o.customer = c.id;
