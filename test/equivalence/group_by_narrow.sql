-- Keys of one and two bytes, float32 and short decimals; every null pattern
SET on_error = 'null';
SELECT CAST(i AS tinyint) AS k0, CAST(l AS usmallint) AS k1, CAST(x AS real) AS k2, CAST(x AS decimal(6, 1)) AS k3,
       count(*) AS n, min(row) AS first
FROM 'test/data/edges.csv'
GROUP BY k0, k1, k2, k3;
