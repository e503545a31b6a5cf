-- HAVING without GROUP BY
SELECT count(*) AS n, sum(total) AS total FROM 'test/data/orders.csv' HAVING count(*) > (SELECT count(*) FROM 'test/data/customers.csv');
