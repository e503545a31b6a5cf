-- Lists, structs and maps of the few rows that a filter keeps
SELECT row, l, w, v, m, ll FROM '{build}/test_data/nested.parquet' WHERE row % 7 = 3 AND (row < 20 OR row > 75);
