-- Groups over a semi join
SELECT o.customer, count(*) AS n, sum(o.total) AS total FROM 'test/data/orders.csv' o SEMI JOIN 'test/data/customers.csv' c ON o.customer = c.id GROUP BY o.customer;
