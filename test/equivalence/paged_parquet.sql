-- Pages and row groups that a filter rules out are not read, and nobody notices
SELECT row, k, s, len(l) AS n FROM '{build}/test_data/paged.parquet'
WHERE date_trunc('month', taken_at) = TIMESTAMP '2024-02-01' AND (s LIKE '018%' OR row > 2500 OR taken_at < TIMESTAMP '2024-02-02')
UNION ALL SELECT row, k, s, len(l) FROM '{build}/test_data/paged.parquet' WHERE k IN (1, 2, 77, 131072) OR row BETWEEN 1249 AND 1251;
