-- Names of the select list in WHERE, GROUP BY, HAVING and behind themselves
SELECT customer * 2 AS twice, twice + 1 AS more, sum(total) AS s, s / 2 AS half FROM 'test/data/orders.csv' WHERE twice > 4 GROUP BY twice, more HAVING s > 100 ORDER BY half;
