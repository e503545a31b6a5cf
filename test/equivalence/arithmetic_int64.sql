-- + - * // % negation abs of int64 at the edges of the type; every null pattern; faults become null
SET on_error = 'null';
SELECT row, l + m AS c0,
       l - m AS c1,
       l * m AS c2,
       l // m AS c3,
       l % m AS c4,
       -l AS c5,
       abs(l) AS c6,
       l / m AS c7
FROM 'test/data/edges.csv';
