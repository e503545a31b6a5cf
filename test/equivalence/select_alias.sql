-- Names of the select list in WHERE, GROUP BY, HAVING and behind themselves
SELECT customer * 2 AS twice, count(*) AS s, s / 2 AS half FROM 'test/data/orders.csv' WHERE twice > 4 GROUP BY twice HAVING s > 1 ORDER BY half, twice;
