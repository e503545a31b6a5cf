-- NDJSON: keys in any order or missing, lists, structs and maps
SELECT row, l, w, v, m, ll, v.a AS a, l[1] AS first, w[-1] AS last FROM read_json('test/data/nested.ndjson', columns = {'row': 'integer', 'l': 'integer[]', 'w': 'varchar[]', 'v': 'struct(a integer, b varchar[])', 'm': 'map(varchar, integer)', 'll': 'integer[][]'}) WHERE row <> 5;
