-- Counts of tables that know their rows
SELECT (SELECT count(*) FROM '{build}/test_data/rows_5000.parquet') AS n, (SELECT count(*) FROM (SELECT * FROM '{build}/test_data/rows_65.parquet' UNION ALL SELECT * FROM (SELECT * FROM '{build}/test_data/rows_2049.parquet' LIMIT 100 OFFSET 2000) t) u) AS some;
