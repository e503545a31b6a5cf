-- Groups over a right join
SELECT c.city, count(*) AS n, count(o.id) AS orders, sum(o.total) AS total FROM 'test/data/orders.csv' o RIGHT JOIN 'test/data/customers.csv' c ON o.customer = c.id GROUP BY c.city;
