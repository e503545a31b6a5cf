-- Lists of lists, one level at a time
SELECT row, unnest(l) AS e FROM (SELECT row, unnest([[i, k], [], NULL, [j]]) AS l FROM 'test/data/edges.csv');
