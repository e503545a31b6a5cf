-- Groups over a full join
SELECT c.city, count(*) AS n, count(o.id) AS orders, sum(o.total) AS total FROM 'test/data/orders.csv' o FULL JOIN 'test/data/customers.csv' c ON o.customer = c.id GROUP BY c.city;
