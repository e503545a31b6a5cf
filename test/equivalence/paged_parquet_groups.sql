-- Groups of what pages let through
SELECT k % 7 AS g, count(*) AS rows, min(s) AS least, max(taken_at) AS last FROM '{build}/test_data/paged.parquet'
WHERE year(taken_at) = 2024 AND taken_at < TIMESTAMP '2024-01-20 07:30:00' AND s >= '009' GROUP BY k % 7;
