-- DISTINCT in the order of a column that it does not show: the first of each
SELECT DISTINCT customer AS c FROM 'test/data/orders.csv' ORDER BY total, id;
