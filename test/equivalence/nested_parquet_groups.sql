-- Groups of lists and structs from Parquet
SELECT w, count(*) AS n, max(l) AS most, list(v ORDER BY row) AS all_v FROM '{build}/test_data/nested.parquet' GROUP BY w;
