-- Group by dates, null a group of its own
SELECT t AS key, count(*) AS n, sum(row) AS rows FROM 'test/data/edges.csv' GROUP BY t;
