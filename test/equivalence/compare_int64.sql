-- All six comparisons of int64; every null pattern; faults become null
SET on_error = 'null';
SELECT row, l = m AS c0,
       l <> m AS c1,
       l < m AS c2,
       l <= m AS c3,
       l > m AS c4,
       l >= m AS c5
FROM 'test/data/edges.csv';
