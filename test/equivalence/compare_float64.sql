-- All six comparisons of float64: NaN, infinities, both zeros, subnormals; every null pattern; faults become null
SET on_error = 'null';
SELECT row, x = y AS c0,
       x <> y AS c1,
       x < y AS c2,
       x <= y AS c3,
       x > y AS c4,
       x >= y AS c5
FROM 'test/data/edges.csv';
