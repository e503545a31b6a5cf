-- NDJSON: lines that are no JSON and values of another type become null
SELECT row, l, w, v, m, ll FROM read_json('test/data/nested_broken.ndjson', columns = {'row': 'integer', 'l': 'integer[]', 'w': 'varchar[]', 'v': 'struct(a integer, b varchar[])', 'm': 'map(varchar, integer)', 'll': 'integer[][]'}, on_error = 'null');
