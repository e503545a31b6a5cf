-- Sums over a right join
SELECT count(*) AS n, count(o.id) AS orders, sum(c.id) AS ids FROM 'test/data/orders.csv' o RIGHT JOIN 'test/data/customers.csv' c ON o.customer = c.id;
