-- Maps, their keys and values; every null pattern
SELECT row, MAP {'a': i, 'b': j} AS c0,
       MAP {'a': i, 'b': j}['b'] AS c1,
       MAP {'a': i}['c'] AS c2,
       MAP {'a': s, 'b': r}[CASE WHEN a THEN 'a' WHEN b THEN 'b' END] AS c3,
       map_keys(MAP {1: s, 2: r}) AS c4,
       map_values(MAP {1: s, 2: r}) AS c5,
       cardinality(MAP {1: [i, j], 2: []}) AS c6,
       map([1, k + 5], [s, r])[1] AS c7,
       MAP {DATE '2000-01-01': {'a': k}} AS c8,
       map_values(MAP {'a': i, 'b': NULL})[1] AS c9
FROM 'test/data/edges.csv' WHERE k IS NOT NULL;
