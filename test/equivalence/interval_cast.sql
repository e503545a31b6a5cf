-- Casts of intervals; every null pattern; faults become null
SET on_error = 'null';
SELECT row, CAST(to_seconds(i) AS varchar) AS c0,
       CAST(to_months(j % 1000) - to_days(k) AS varchar) AS c1,
       CAST(CAST(to_months(i) + to_seconds(j) AS varchar) AS interval) AS c2,
       CAST(n AS interval) AS c3,
       TRY_CAST(s AS interval) AS c4,
       CAST(CAST(p AS time) AS varchar) AS c5,
       CAST(CAST(k AS varchar) || ' days 01:02:03.5' AS interval) AS c6,
       CAST(CAST(p AS timestamptz) AS timestamp) AS c7,
       CAST(CAST(q AS timestamptz) AS date) AS c8
FROM 'test/data/edges.csv';
