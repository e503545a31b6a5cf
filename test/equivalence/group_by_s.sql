-- Group by text, null a group of its own
SELECT s AS key, count(*) AS n, sum(row) AS rows FROM 'test/data/edges.csv' GROUP BY s;
