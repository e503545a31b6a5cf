-- Lists, structs and maps from Parquet
SELECT row, l, w, v, m, ll, len(l) AS c0, w[1] AS c1, v.a AS c2, v.b[-1] AS c3, m['k'] AS c4, flatten(ll) AS c5, map_keys(m) AS c6, list_sort(l) AS c7, array_to_string(w, '|') AS c8 FROM '{build}/test_data/nested.parquet';
