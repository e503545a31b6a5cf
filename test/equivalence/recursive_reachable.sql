-- UNION adds what no round before had: vertices that can be reached, cycles included
WITH RECURSIVE edges AS (SELECT range % 97 AS a, (range * range + 3) % 97 AS b FROM range(400)),
reached(v) AS (SELECT 1::int64 UNION SELECT b FROM reached JOIN edges ON a = v)
SELECT v FROM reached
