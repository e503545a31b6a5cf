-- Policy fail: CAST(n AS integer)
-- error: bad cast
SELECT row, CAST(n AS integer) AS c0
FROM 'test/data/edges.csv'
WHERE length(n) < 2;
