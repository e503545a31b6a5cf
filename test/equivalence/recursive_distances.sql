-- a step with an aggregation, whose rows have no order of their own, and a subquery that reads the working rows
WITH RECURSIVE far(v, hops) AS (
  SELECT 1::int64, 0
  UNION ALL
  SELECT (v * 5 + k) % 1009 AS next, max(hops) + 1 FROM far, (VALUES (1), (2), (3)) s(k)
  WHERE hops < 6 AND v >= (SELECT min(v) FROM far) GROUP BY next)
SELECT hops, count(*) AS vertices, sum(v) AS sum_of_v, first(v) AS first_v FROM far GROUP BY hops ORDER BY hops
