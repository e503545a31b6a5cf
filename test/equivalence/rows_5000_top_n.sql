-- Top-n over many morsels
SELECT x, row FROM '{build}/test_data/rows_5000.parquet' ORDER BY x DESC, row LIMIT 20 OFFSET 5;
