-- Policy fail: i // j
-- error: division by zero
SELECT row, i // j AS c0
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'j': 'int32'})
WHERE i <> -2147483648;
