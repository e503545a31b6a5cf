-- Rows from Parquet in the order of structs, lists and maps
SELECT row FROM '{build}/test_data/nested.parquet' ORDER BY v DESC NULLS FIRST, ll, m DESC;
