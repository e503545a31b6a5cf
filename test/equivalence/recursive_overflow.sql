-- error: overflow
WITH RECURSIVE t(n) AS (SELECT 1::tinyint UNION ALL SELECT n + 1::tinyint FROM t)
SELECT n FROM t
