-- Policy fail: 2147483647 + i
-- error: overflow
SELECT row, 2147483647 + i AS c0
FROM read_csv('test/data/edges.csv', types = {'i': 'int32'});
