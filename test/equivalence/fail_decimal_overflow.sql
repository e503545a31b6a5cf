-- Policy fail: g + g
-- error: overflow
SELECT row, g + g AS c0
FROM read_csv('test/data/edges.csv', types = {'g': 'decimal(38,0)'});
