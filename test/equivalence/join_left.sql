-- Left join: rows without a match, null keys
SELECT o.id, o.customer, c.name, c.city FROM 'test/data/orders.csv' o LEFT JOIN 'test/data/customers.csv' c ON o.customer = c.id;
