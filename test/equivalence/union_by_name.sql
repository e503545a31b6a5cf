-- UNION BY NAME: columns in any order, missing ones null
SELECT range AS a, 'l' AS b FROM range(3) UNION ALL BY NAME SELECT 'r' AS b, 2.5 AS c UNION BY NAME SELECT 1 AS a, 'l' AS b, NULL AS c;
