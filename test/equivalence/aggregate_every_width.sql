-- Sums, averages, extremes and counts of integers of every width, float32 and short decimals, in groups
SET on_error = 'null';
SELECT a, sum(CAST(i AS tinyint)) AS c0, avg(CAST(i AS smallint)) AS c1, min(CAST(l AS utinyint)) AS c2,
       max(CAST(l AS usmallint)) AS c3, sum(CAST(l AS uinteger)) AS c4, sum(CAST(l AS ubigint)) AS c5,
       avg(CAST(l AS ubigint)) AS c6, sum(CAST(x AS float32)) AS c7, avg(CAST(x AS real)) AS c8, min(CAST(x AS real)) AS c9,
       max(CAST(x AS real)) AS c10, sum(CAST(x AS decimal(9, 2))) AS c11, avg(CAST(x AS decimal(9, 2))) AS c12,
       min(CAST(x AS decimal(9, 2))) AS c13, count(CAST(x AS decimal(9, 2))) AS c14
FROM read_csv('test/data/edges.csv', types = {'i': 'int32'})
GROUP BY a;
