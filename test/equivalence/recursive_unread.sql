-- error: overflow
WITH RECURSIVE t(n) AS (SELECT 1::tinyint UNION ALL SELECT n * 2::tinyint FROM t)
SELECT n FROM t WHERE n < 0 AND n > 0
