-- Structs and their fields; every null pattern
SELECT row, {'a': i, 'b': s} AS c0,
       {'a': i, 'b': s}.b AS c1,
       struct_extract({'a': i, 'B b': t}, 'b b') AS c2,
       struct_pack(x := d, y := b) AS c3,
       {'in': {'a': k, 'l': [s, NULL]}} AS c4,
       {'in': {'a': k, 'l': [s, NULL]}}.in.l[1] AS c5,
       {'a': i, 'b': NULL} IS NULL AS c6,
       CASE WHEN a THEN {'a': k} END AS c7,
       (CASE WHEN a THEN {'a': k} END).a AS c8,
       w.a + 1 AS c9
FROM (SELECT *, {'a': k, 'b': j} AS w FROM 'test/data/edges.csv');
