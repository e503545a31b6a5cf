-- A filter that removes all rows, before an aggregate
SELECT sum(x) AS s, avg(x) AS a, count(*) AS n, max(s) AS m FROM 'test/data/edges.csv' WHERE row < 0;
