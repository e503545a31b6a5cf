-- Groups of what pages let through
SELECT k % 7 AS g, count(*) AS rows, min(s) AS least, max(at) AS last FROM '{build}/test_data/paged.parquet'
WHERE year(at) = 2024 AND at < TIMESTAMP '2024-01-20 07:30:00' AND s >= '009' GROUP BY k % 7;
