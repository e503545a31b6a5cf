-- A fault in AND and OR: what decides beats it; every null pattern; faults become null
SET on_error = 'null';
SELECT row, j <> 0 AND i // j > 1 AS c0,
       j = 0 OR i // j > 1 AS c1,
       i // j > 1 AND j <> 0 AS c2,
       a AND i + j > 0 AS c3,
       i * j > 0 OR b AS c4,
       NOT (i + j > 0 AND a) AS c5
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'j': 'int32'});
