-- UNION: rows once, nulls and zeros alike
SELECT range % 3 AS x, NULL AS y FROM range(9) UNION SELECT 1, NULL UNION SELECT 2, 5;
