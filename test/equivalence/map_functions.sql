-- entries and keys of maps; which keys there are
SELECT row, map_entries(MAP {'a': i, 'b': k}) AS a, map_contains(MAP {row: s}, 3) AS b, map_contains(MAP {'x': k}, s) AS c FROM 'test/data/edges.csv';
