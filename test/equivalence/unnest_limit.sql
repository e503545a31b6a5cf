-- The first elements, in the order of the rows
SELECT row, unnest(range(k)) AS e FROM 'test/data/edges.csv' LIMIT 25 OFFSET 7;
