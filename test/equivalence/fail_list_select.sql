-- Policy fail: a null among the numbers of elements
-- error: bad argument
SELECT row, list_select([i, j, k], [1, k]) AS e FROM 'test/data/edges.csv';
