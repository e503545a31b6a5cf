-- range and generate_series with steps
SELECT range AS x FROM range(1, 10, 3) UNION ALL SELECT range FROM range(10, 0, -4) UNION ALL SELECT generate_series FROM generate_series(2, 4) UNION ALL SELECT generate_series FROM generate_series(5, -5, -5) UNION ALL SELECT range FROM range(5, 1);
