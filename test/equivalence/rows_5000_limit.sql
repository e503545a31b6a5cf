-- LIMIT keeps the first rows in input order
SELECT row, s FROM '{build}/test_data/rows_5000.parquet' WHERE k = 2 LIMIT 100 OFFSET 30;
