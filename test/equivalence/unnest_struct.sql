-- Structs out of a list, and their fields
SELECT row, e.a, e.b[1] AS b FROM (SELECT row, unnest([{'a': i, 'b': [s]}, {'a': j, 'b': [r, s]}, NULL]) AS e FROM 'test/data/edges.csv');
