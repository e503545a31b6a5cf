-- faults become null in every round
SET on_error = 'null';
WITH RECURSIVE t(n, d) AS (SELECT 100::tinyint, 0 UNION ALL SELECT n + 20::tinyint, d + 1 FROM t WHERE d < 4)
SELECT n, d FROM t
