-- GROUP BY over no rows gives none
SELECT s, count(*) AS n FROM 'test/data/empty.csv' GROUP BY s;
