-- Keys of maps side by side with their values
SELECT key, count(*) AS n, sum(value) AS total FROM (SELECT unnest(map_keys(m)) AS key, unnest(map_values(m)) AS value FROM '{build}/test_data/nested.parquet') GROUP BY key;
