-- A view over a file, under its own name and an alias
CREATE VIEW v AS SELECT k, v * 2 AS w FROM 'test/data/skewed.csv' WHERE v % 2 = 0;
SELECT v.k, count(*) AS n, sum(w) AS s FROM v GROUP BY v.k;
