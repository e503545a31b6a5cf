-- list() of all rows, and of none
SELECT list(i ORDER BY row) AS a, list(DISTINCT k ORDER BY k) AS b, list(s ORDER BY row) FILTER (WHERE k > 7) AS c, histogram(k) AS d FROM 'test/data/edges.csv';
