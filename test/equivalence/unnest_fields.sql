-- unnest of a struct gives a column of each field
SELECT row, unnest(v), m FROM '{build}/test_data/nested.parquet';
