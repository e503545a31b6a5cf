-- A join on lists from Parquet
SELECT o.row, r.row AS other FROM '{build}/test_data/nested.parquet' o JOIN '{build}/test_data/nested.parquet' r ON o.l = r.l AND o.row < r.row;
