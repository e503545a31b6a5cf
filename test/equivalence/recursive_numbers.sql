-- what WITH RECURSIVE gives, round by round
WITH RECURSIVE t(n, s) AS (SELECT 1, 'a' UNION ALL SELECT n + 1, s || 'b' FROM t WHERE n < 300)
SELECT n, s, n * 2 AS twice FROM t WHERE n % 7 <> 0
