-- Three tables
SELECT c.city, count(*) AS n, sum(o.total) AS total FROM 'test/data/orders.csv' o JOIN 'test/data/customers.csv' c ON o.customer = c.id JOIN range(100) r ON r.range = o.id GROUP BY c.city;
