-- A list that faults behind the last row of the limit does not matter
SELECT row, unnest(range(10 // (20 - row))) AS e FROM 'test/data/edges.csv' LIMIT 5;
