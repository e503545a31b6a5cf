-- what the step gives is cast to the types of the first rows, the two are read by a join
WITH RECURSIVE t(n, l) AS (SELECT 1, [1] UNION ALL SELECT n + 1.5, list_append(l, n) FROM t WHERE n < 9)
SELECT a.n, b.l FROM t a JOIN t b ON a.n = b.n + 2 ORDER BY 1
