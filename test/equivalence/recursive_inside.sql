-- a recursion inside another, which reads what the one around it added
WITH RECURSIVE outside(n) AS (
  SELECT 1
  UNION ALL
  SELECT * FROM (
    WITH RECURSIVE inside(m) AS (SELECT n FROM outside WHERE n < 40 UNION ALL SELECT m + 1 FROM inside WHERE m % 4 <> 0)
    SELECT max(m) + 1 FROM inside HAVING max(m) IS NOT NULL))
SELECT n FROM outside
