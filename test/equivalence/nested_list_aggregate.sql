-- list() of groups, by keys, distinct, filtered
SELECT k, list(i ORDER BY row) AS a, list(s ORDER BY row DESC) AS b, list(DISTINCT b ORDER BY b) AS c, list([k, i] ORDER BY row) FILTER (WHERE a) AS d, array_agg({'t': t} ORDER BY row) AS e, len(list(j)) AS f FROM 'test/data/edges.csv' GROUP BY k;
