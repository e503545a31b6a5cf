-- Policy fail: a text that is no interval
-- error: bad cast
SELECT row, CAST(n AS interval) AS c0 FROM 'test/data/edges.csv';
