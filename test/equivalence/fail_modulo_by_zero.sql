-- Policy fail: l % m
-- error: division by zero
SELECT row, l % m AS c0
FROM 'test/data/edges.csv';
