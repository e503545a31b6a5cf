-- DISTINCT in the order of what its columns give
SELECT DISTINCT customer % 7 AS c, id % 3 AS i FROM 'test/data/orders.csv' ORDER BY id % 3 - customer % 7, customer % 7 DESC;
