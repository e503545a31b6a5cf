-- 2049 rows: vectors and morsels that just fit or just do not
SELECT row, k + 1 AS k1, x * 2 AS x2, s FROM '{build}/test_data/rows_2049.parquet' WHERE k <> 3 OR x > 0;
