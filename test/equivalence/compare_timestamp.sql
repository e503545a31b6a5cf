-- All six comparisons of timestamp; every null pattern; faults become null
SET on_error = 'null';
SELECT row, p = q AS c0,
       p <> q AS c1,
       p < q AS c2,
       p <= q AS c3,
       p > q AS c4,
       p >= q AS c5
FROM 'test/data/edges.csv';
