-- Arithmetic of floats: NaN, infinities, both zeros, subnormals; division by zero; every null pattern; faults become null
SET on_error = 'null';
SELECT row, x + y AS c0,
       x - y AS c1,
       x * y AS c2,
       x / y AS c3,
       -x AS c4,
       abs(x) AS c5,
       x * y + x AS c6,
       x + y * y - x / 3 AS c7
FROM 'test/data/edges.csv';
