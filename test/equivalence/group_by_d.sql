-- Group by decimals, null a group of its own
SELECT d AS key, count(*) AS n, sum(row) AS rows FROM read_csv('test/data/edges.csv', types = {'d': 'decimal(12,2)'}) GROUP BY d;
