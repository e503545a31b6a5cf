-- An aggregate over UNION ALL
SELECT what, count(*) AS n, sum(x) AS s FROM (SELECT range AS x, range % 2 AS what FROM range(100) UNION ALL SELECT v, k FROM 'test/data/skewed.csv') t GROUP BY what;
