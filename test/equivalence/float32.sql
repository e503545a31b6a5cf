-- float32: arithmetic rounded to the nearest float, comparisons, casts; every null pattern; faults become null
SET on_error = 'null';
WITH t AS (SELECT row, CAST(x AS float32) AS f, CAST(n AS real) AS g, x, i FROM 'test/data/edges.csv')
SELECT row, f, g, f + g AS c0, f - g AS c1, f * g AS c2, f / g AS c3, -f AS c4, abs(g) AS c5, f < g AS c6, f = f AS c7,
       f + i AS c8, f + x AS c9, f * 1.5 AS c10, CAST(f AS bigint) AS c11, CAST(f AS decimal(20, 3)) AS c12,
       CAST(f AS varchar) AS c13, CAST(f AS boolean) AS c14, sign(f) AS c15, coalesce(f, g) AS c16
FROM t;
