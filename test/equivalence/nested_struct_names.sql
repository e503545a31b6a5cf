-- Structs that meet have the fields of both, found by name; every null pattern
SELECT row, {'a': i, 'b': j} = {'b': j, 'a': i} AS c0,
       {'a': k, 'b': s} < {'b': r, 'a': k} AS c1,
       [{'a': k, 'b': s}, {'b': r, 'c': d}] AS c2,
       CASE WHEN a THEN {'a': k} ELSE {'b': s, 'a': k} END AS c3,
       {'a': k} = {'a': k, 'b': CASE WHEN a THEN s END} AS c4,
       {'a': {'p': i, 'q': j}} = {'a': {'q': j, 'p': k}} AS c5,
       {'a': k} IN ({'b': k}, {'A': k}) AS c6,
       coalesce(CASE WHEN a THEN {'b': k, 'a': s} END, {'a': s, 'b': k}) AS c7,
       list_contains([{'a': k, 'b': 2}], {'b': k, 'a': k}) AS c8,
       row(k, s) = {'a': k, 'b': s} AS c9,
       MAP {'m': {'x': k}} = MAP {'m': {'x': k, 'y': NULL}} AS c10
FROM 'test/data/edges.csv';
