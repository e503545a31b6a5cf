-- Policy fail: a list faults
-- error: bad cast
SELECT row, unnest(CAST('[' || n || ']' AS integer[])) AS e FROM 'test/data/edges.csv';
