-- Group by bools, null a group of its own
SELECT a AS key, count(*) AS n, sum(row) AS rows FROM 'test/data/edges.csv' GROUP BY a;
