-- || makes short text long; every null pattern; faults become null
SET on_error = 'null';
SELECT row, s || r AS c0,
       s || '' AS c1,
       '<' || s || '>' AS c2,
       s || s || s AS c3,
       s || i AS c4
FROM read_csv('test/data/edges.csv', types = {'i': 'int32'});
