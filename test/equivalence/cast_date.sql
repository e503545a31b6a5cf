-- Casts to date and timestamp; every null pattern; faults become null
SET on_error = 'null';
SELECT row, CAST(p AS date) AS c0,
       CAST(t AS timestamp) AS c1,
       CAST(n AS date) AS c2,
       CAST(n AS timestamp) AS c3,
       CAST(CAST(t AS varchar) AS date) = t AS c4,
       CAST(CAST(p AS varchar) AS timestamp) = p AS c5
FROM 'test/data/edges.csv';
