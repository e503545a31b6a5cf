-- Policy fail: x / y
-- error: division by zero
SELECT row, x / y AS c0
FROM 'test/data/edges.csv';
