-- Policy fail: l * m
-- error: overflow
SELECT row, l * m AS c0
FROM 'test/data/edges.csv';
