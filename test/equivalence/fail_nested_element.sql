-- Policy fail: an element that faults, in a list of which another is asked for
-- error: division by zero
SELECT row, [k, 10 // k][1] AS c0 FROM 'test/data/edges.csv';
