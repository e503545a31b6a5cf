-- Policy fail: CAST('2023-02-29' AS date)
-- error: out of range
SELECT row, CAST('2023-02-29' AS date) AS c0
FROM 'test/data/edges.csv';
