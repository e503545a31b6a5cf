-- Policy fail: -i
-- error: overflow
SELECT row, -i AS c0
FROM read_csv('test/data/edges.csv', types = {'i': 'int32'});
