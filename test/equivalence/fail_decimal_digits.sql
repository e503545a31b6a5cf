-- Policy fail: CAST(e AS decimal(5,2))
-- error: overflow
SELECT row, CAST(e AS decimal(5,2)) AS c0
FROM read_csv('test/data/edges.csv', types = {'e': 'decimal(38,10)'});
