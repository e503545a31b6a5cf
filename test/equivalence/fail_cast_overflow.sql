-- Policy fail: CAST(l AS integer)
-- error: overflow
SELECT row, CAST(l AS integer) AS c0
FROM 'test/data/edges.csv';
