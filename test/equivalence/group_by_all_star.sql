-- GROUP BY ALL beside a star
SELECT *, count(*) AS n FROM (SELECT customer, id % 2 AS odd FROM 'test/data/orders.csv') GROUP BY ALL ORDER BY ALL;
