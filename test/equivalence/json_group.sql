-- NDJSON: few of the keys, in groups
SELECT v.b AS b, count(*) AS n, sum(row) AS total, max(l) AS l FROM read_json('test/data/nested.ndjson', columns = {'row': 'integer', 'l': 'integer[]', 'w': 'varchar[]', 'v': 'struct(a integer, b varchar[])', 'm': 'map(varchar, integer)', 'll': 'integer[][]'}) GROUP BY v.b;
