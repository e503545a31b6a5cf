-- A Parquet file with nulls in every column, small row groups
SELECT row, i, x, s, t FROM '{build}/test_data/edges_some.parquet' WHERE i > 0 OR s IS NULL;
