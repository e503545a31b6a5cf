-- Group by timestamps, null a group of its own
SELECT p AS key, count(*) AS n, sum(row) AS rows FROM 'test/data/edges.csv' GROUP BY p;
