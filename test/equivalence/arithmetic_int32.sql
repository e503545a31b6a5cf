-- + - * // % negation abs of int32 at the edges of the type; every null pattern; faults become null
SET on_error = 'null';
SELECT row, i + j AS c0,
       i - j AS c1,
       i * j AS c2,
       i // j AS c3,
       i % j AS c4,
       -i AS c5,
       abs(i) AS c6,
       i / j AS c7
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'j': 'int32'});
