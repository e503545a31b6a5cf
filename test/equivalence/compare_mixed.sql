-- Comparisons of different number types; every null pattern; faults become null
SET on_error = 'null';
SELECT row, i < l AS c0,
       l = x AS c1,
       d > i AS c2,
       d <= x AS c3,
       i <> 7 AS c4,
       x >= 2.5 AS c5,
       t < p AS c6,
       s = 'abc' AS c7,
       p > '2000-01-01' AS c8
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)'});
