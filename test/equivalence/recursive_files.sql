-- the rounds read a file; a round adds more than a vector
WITH RECURSIVE steps(id, depth) AS (
  SELECT "row", 0 FROM 'test/data/edges.csv' WHERE "row" < 150
  UNION ALL
  SELECT s.id % 1000 + e."row" % 10, depth + 1 FROM steps s JOIN 'test/data/edges.csv' e ON s.id % 20 = e."row" % 20 WHERE depth < 1 AND e."row" < 300)
SELECT depth, count(*) AS n, min(id) AS low, max(id) AS high, first(id) AS first_id FROM steps GROUP BY depth ORDER BY depth
