-- UNION ALL behind UNION keeps copies; INTERSECT binds more tightly
SELECT range % 3 AS x FROM range(9) UNION SELECT 7 UNION ALL SELECT 2 UNION ALL SELECT range FROM range(5) INTERSECT SELECT range + 3 FROM range(9);
