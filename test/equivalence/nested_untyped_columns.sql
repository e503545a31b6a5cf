-- Columns of a subquery with NULL and [] inside meet typed ones in joins and set operations
SELECT v, w, count(*) AS n FROM (
  SELECT v, w FROM (SELECT CASE WHEN a THEN [] ELSE [NULL] END AS v, {'x': NULL, 'y': k} AS w FROM 'test/data/edges.csv')
  UNION ALL SELECT [s], {'y': k, 'x': b} FROM 'test/data/edges.csv'
  UNION ALL SELECT l.v, l.w FROM (SELECT [NULL, NULL] AS v, {'x': NULL, 'y': 1} AS w) AS l
    JOIN (SELECT {'x': 'q', 'y': k} AS w FROM 'test/data/edges.csv') AS r ON l.w <> r.w) AS t
GROUP BY v, w;
