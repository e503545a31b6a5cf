-- No rows: project, filter
SELECT s || 'x' AS c0, length(s) AS c1 FROM 'test/data/empty.csv' WHERE s <> 'a';
