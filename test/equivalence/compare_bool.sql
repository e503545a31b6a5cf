-- All six comparisons of bool; every null pattern; faults become null
SET on_error = 'null';
SELECT row, a = b AS c0,
       a <> b AS c1,
       a < b AS c2,
       a <= b AS c3,
       a > b AS c4,
       a >= b AS c5
FROM 'test/data/edges.csv';
