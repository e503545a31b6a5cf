-- CASE: arms that are not taken do not fault; every null pattern; faults become null
SET on_error = 'null';
SELECT row, CASE WHEN j = 0 THEN -1 ELSE i // j END AS c0,
       CASE WHEN a THEN i WHEN b THEN j END AS c1,
       CASE WHEN a THEN s ELSE r END AS c2,
       CASE WHEN a THEN x ELSE y END AS c3,
       CASE k WHEN 0 THEN 'none' WHEN 1 THEN 'one' ELSE 'many' END AS c4,
       CASE WHEN i + j > 0 THEN 1 ELSE 2 END AS c5,
       CASE WHEN a THEN t ELSE u END AS c6,
       CASE WHEN a THEN p ELSE q END AS c7,
       CASE WHEN a THEN b ELSE a END AS c8
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'j': 'int32'});
