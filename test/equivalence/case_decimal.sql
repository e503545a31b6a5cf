-- CASE and coalesce over decimals of different scales; every null pattern; faults become null
SET on_error = 'null';
SELECT row, CASE WHEN a THEN d ELSE e END AS c0,
       coalesce(d, 0) AS c1,
       coalesce(e, d, 1.5) AS c2,
       CASE WHEN b THEN g ELSE 0 END AS c3,
       nullif(d, 0.01) AS c4
FROM read_csv('test/data/edges.csv', types = {'d': 'decimal(12,2)', 'e': 'decimal(38,10)', 'g': 'decimal(38,0)'});
