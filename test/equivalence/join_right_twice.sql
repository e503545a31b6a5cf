-- A right join over another
SELECT o.id, c.name, d.city, d.id AS did FROM 'test/data/orders.csv' o RIGHT JOIN 'test/data/customers.csv' c ON o.customer = c.id RIGHT JOIN 'test/data/customers.csv' d ON d.id = o.id;
