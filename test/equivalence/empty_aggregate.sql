-- Aggregates over no rows, with and without keys
SELECT count(*) AS n, count(s) AS c, min(s) AS lo, max(length(s)) AS hi, sum(length(s)) AS total FROM 'test/data/empty.csv';
