-- Elements of lists from Parquet
SELECT row, unnest(l) AS a, unnest(w) AS b, unnest(ll) AS c FROM '{build}/test_data/nested.parquet';
