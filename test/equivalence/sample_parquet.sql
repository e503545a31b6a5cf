-- Over row groups, some of which a filter below skips
SELECT row, l FROM (SELECT row, l FROM '{build}/test_data/nested.parquet' WHERE row > 20) t TABLESAMPLE 9 ROWS;
