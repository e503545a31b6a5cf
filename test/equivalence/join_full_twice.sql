-- A full join over another
SELECT o.id, c.name, d.city, d.id AS did FROM 'test/data/orders.csv' o FULL JOIN 'test/data/customers.csv' c ON o.customer = c.id FULL JOIN 'test/data/customers.csv' d ON d.id = o.id;
