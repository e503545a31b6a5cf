-- A union in the order of names and expressions of its parts
SELECT id % 5 AS k, total AS t FROM 'test/data/orders.csv' UNION SELECT id AS other, id + 0.5 FROM 'test/data/customers.csv' ORDER BY other, t;
