-- Groups over a anti join
SELECT o.customer, count(*) AS n, sum(o.total) AS total FROM 'test/data/orders.csv' o ANTI JOIN 'test/data/customers.csv' c ON o.customer = c.id GROUP BY o.customer;
