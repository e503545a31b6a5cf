-- All six comparisons of decimals of different scales; every null pattern; faults become null
SET on_error = 'null';
SELECT row, d = e AS c0,
       d <> e AS c1,
       d < e AS c2,
       d <= e AS c3,
       d > e AS c4,
       d >= e AS c5
FROM read_csv('test/data/edges.csv', types = {'d': 'decimal(12,2)', 'e': 'decimal(38,10)'});
