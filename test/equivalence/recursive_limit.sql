-- a recursion without end under a LIMIT: what lies behind it would overflow
WITH RECURSIVE t(n) AS (SELECT 1::tinyint UNION ALL SELECT n + 1::tinyint FROM t)
SELECT n * 2::smallint AS twice FROM t WHERE n % 3 = 0 LIMIT 40
