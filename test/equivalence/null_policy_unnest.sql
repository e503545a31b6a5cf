-- Policy null: a list that faults is null, and gives no row
SET on_error = 'null';
SELECT row, unnest(CAST('[' || n || ']' AS integer[])) AS e, k FROM 'test/data/edges.csv';
