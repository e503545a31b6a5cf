-- Rows whose nested values meet conditions
SELECT row, m FROM '{build}/test_data/nested.parquet' WHERE list_contains(l, 1) AND v.a IS DISTINCT FROM 0 OR w = ['a', NULL] OR l > [0];
