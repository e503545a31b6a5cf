-- IN, NOT IN, BETWEEN with nulls among the values; every null pattern; faults become null
SET on_error = 'null';
SELECT row, i IN (1, 2, 3) AS c0,
       i IN (1, null) AS c1,
       i NOT IN (1, 2) AS c2,
       i NOT IN (1, null) AS c3,
       i BETWEEN -7 AND 100 AS c4,
       x BETWEEN y AND 1e300 AS c5,
       s IN ('a', 'abc', '日本語') AS c6,
       t BETWEEN DATE '1970-01-01' AND u AS c7,
       s NOT BETWEEN 'a' AND 'b' AS c8
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'j': 'int32'});
