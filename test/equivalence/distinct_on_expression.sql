-- DISTINCT ON an expression that is not selected
-- set aside: there is no aggregate first yet
SELECT DISTINCT ON (customer % 3) id, day FROM 'test/data/orders.csv' ORDER BY customer % 3, total, id;
