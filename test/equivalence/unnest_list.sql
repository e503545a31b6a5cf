-- A row for each element; every null pattern
SELECT row, unnest([i, j, NULL]) AS e FROM 'test/data/edges.csv';
