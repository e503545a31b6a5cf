-- Group by floats: one NaN, one zero, null a group of its own
SELECT x AS key, count(*) AS n, sum(row) AS rows FROM 'test/data/edges.csv' GROUP BY x;
