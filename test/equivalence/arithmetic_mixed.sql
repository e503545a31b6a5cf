-- Arithmetic over different number types; every null pattern; faults become null
SET on_error = 'null';
SELECT row, i + l AS c0,
       l * i AS c1,
       i + d AS c2,
       d * i AS c3,
       x - l AS c4,
       d + x AS c5,
       l - 0.5 AS c6,
       2 * i AS c7
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)'});
