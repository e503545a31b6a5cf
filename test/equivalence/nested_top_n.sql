-- The first rows in the order of lists
SELECT row, [s, r] AS v FROM 'test/data/edges.csv' ORDER BY v, row LIMIT 20 OFFSET 3;
