-- NDJSON: text of anything, and numbers in lists of another type
SELECT w, count(*) AS n, count(l) AS l, min(v) AS v FROM read_json('test/data/nested_broken.ndjson', columns = {'l': 'date[]', 'w': 'varchar', 'v': 'varchar'}, on_error = 'null') GROUP BY w;
