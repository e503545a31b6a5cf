-- SELECT without FROM
SELECT 1 AS a, 'x' AS b, 1.50 AS c, DATE '2024-02-29' AS d, null AS e, 2.5e0 AS f, true AS g;
