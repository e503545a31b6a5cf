-- All six comparisons of text: short, long, multi-byte; every null pattern; faults become null
SET on_error = 'null';
SELECT row, s = r AS c0,
       s <> r AS c1,
       s < r AS c2,
       s <= r AS c3,
       s > r AS c4,
       s >= r AS c5
FROM 'test/data/edges.csv';
