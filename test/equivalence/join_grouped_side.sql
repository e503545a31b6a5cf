-- A join with an aggregate on one side
SELECT c.name, g.n, g.total FROM 'test/data/customers.csv' c LEFT JOIN (SELECT customer, count(*) AS n, sum(total) AS total FROM 'test/data/orders.csv' GROUP BY customer) g ON c.id = g.customer ORDER BY c.name;
