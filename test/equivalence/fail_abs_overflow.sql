-- Policy fail: abs(l)
-- error: overflow
SELECT row, abs(l) AS c0
FROM 'test/data/edges.csv';
