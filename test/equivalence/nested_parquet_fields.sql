-- One field of a struct from Parquet, with and without a filter on the other one
SELECT row, v.b[1] AS b, len(v.b) AS n FROM '{build}/test_data/nested.parquet' WHERE v.a > 1 OR row % 3 = 0;
