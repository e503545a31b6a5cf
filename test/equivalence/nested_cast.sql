-- Casts between nested values, and from text; every null pattern; faults become null
SET on_error = 'null';
SELECT row, CAST([i, j] AS bigint[]) AS c0,
       CAST([x, y] AS integer[]) AS c1,
       CAST([l, k] AS smallint[]) AS c2,
       CAST([n] AS integer[]) AS c3,
       CAST({'a': i, 'b': d} AS struct(b decimal(5, 1), c integer, a varchar)) AS c4,
       CAST([[k]] AS varchar[][]) AS c5,
       CAST([p] AS date[]) AS c6,
       CAST([t] AS timestamp[]) AS c7,
       CAST(CAST([s, r, NULL] AS varchar) AS varchar[]) AS c8,
       CAST(CAST({'a': k, 'b': [s]} AS varchar) AS struct(a integer, b varchar[])) AS c9,
       CAST(CAST(MAP {'k': k, 'l': i} AS varchar) AS map(varchar, bigint)) AS c10,
       CAST('[' || n || ']' AS integer[]) AS c11,
       CAST(s AS integer[]) AS c12,
       CAST('{b: x, a: ' || CAST(k AS varchar) || '}' AS struct(a integer, b varchar)) AS c13,
       TRY_CAST(n AS varchar[]) AS c14,
       CAST([a, b] AS integer[]) AS c15,
       CAST(row(k, s) AS struct(a varchar, b varchar)) AS c16
FROM 'test/data/edges.csv';
