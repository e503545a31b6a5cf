-- Policy fail: a key of a map that comes twice
-- error: bad cast
SELECT row, map([1, k], [1, 2]) AS c0 FROM 'test/data/edges.csv' WHERE k > 0;
