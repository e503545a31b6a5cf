-- All six comparisons of int32; every null pattern; faults become null
SET on_error = 'null';
SELECT row, i = j AS c0,
       i <> j AS c1,
       i < j AS c2,
       i <= j AS c3,
       i > j AS c4,
       i >= j AS c5
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'j': 'int32'});
