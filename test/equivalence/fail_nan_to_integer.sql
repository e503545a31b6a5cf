-- Policy fail: CAST(x AS bigint)
-- error: bad cast
SELECT row, CAST(x AS bigint) AS c0
FROM 'test/data/edges.csv'
WHERE x = 'nan';
