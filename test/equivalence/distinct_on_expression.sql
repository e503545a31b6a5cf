-- DISTINCT ON an expression that is not selected
SELECT DISTINCT ON (customer % 3) id, day FROM 'test/data/orders.csv' ORDER BY customer % 3, total, id;
