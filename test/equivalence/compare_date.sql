-- All six comparisons of date; every null pattern; faults become null
SET on_error = 'null';
SELECT row, t = u AS c0,
       t <> u AS c1,
       t < u AS c2,
       t <= u AS c3,
       t > u AS c4,
       t >= u AS c5
FROM 'test/data/edges.csv';
