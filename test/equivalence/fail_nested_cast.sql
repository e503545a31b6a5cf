-- Policy fail: an element that does not convert
-- error: bad cast
SELECT row, CAST([n] AS integer[]) AS c0 FROM 'test/data/edges.csv';
