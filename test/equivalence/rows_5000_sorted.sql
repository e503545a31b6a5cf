-- Sort of 5,000 rows by three keys
SELECT s, x, row FROM '{build}/test_data/rows_5000.parquet' ORDER BY s DESC NULLS FIRST, x, row;
