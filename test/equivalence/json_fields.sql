-- NDJSON: some fields of a nested column, and of the elements of a list
SELECT row, v.a AS a, v.b[1] AS b, len(ll) AS n, ll[1][2] AS inner_value FROM read_json('test/data/nested.ndjson', columns = {'row': 'integer', 'l': 'integer[]', 'w': 'varchar[]', 'v': 'struct(a integer, b varchar[])', 'm': 'map(varchar, integer)', 'll': 'integer[][]'}) WHERE v.a IS NOT NULL OR row > 2;
