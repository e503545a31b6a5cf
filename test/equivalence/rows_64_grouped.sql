-- 64 rows in groups over several row groups
SELECT k, count(*) AS n, sum(x) AS s, avg(x) AS a, min(s) AS lo, max(s) AS hi, count(x) AS c FROM '{build}/test_data/rows_64.parquet' GROUP BY k;
