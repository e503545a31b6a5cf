-- Nested values as text; every null pattern
SELECT row, CAST([i, j, NULL] AS varchar) AS c0,
       CAST([s, r, n] AS varchar) AS c1,
       CAST({'a': s, 'b c': k} AS varchar) AS c2,
       CAST(MAP {'k': s, 'l m': r} AS varchar) AS c3,
       CAST([t, u] AS varchar) AS c4,
       CAST([p, q] AS varchar) AS c5,
       CAST([a, b] AS varchar) AS c6,
       CAST([d, NULL] AS varchar) AS c7,
       CAST([[s], NULL] AS varchar) AS c8,
       CAST([to_days(k), to_seconds(k)] AS varchar) AS c9,
       CAST([] AS varchar) AS c10,
       CAST([CAST(k AS double) / 2] AS varchar) AS c11
FROM 'test/data/edges.csv';
