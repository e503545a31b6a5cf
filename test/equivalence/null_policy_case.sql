-- Policy null inside CASE, coalesce and IS NULL
SET on_error = 'null';
SELECT range, coalesce(10 // (range % 3), -1) AS a, (10 // (range % 3)) IS NULL AS b, CASE WHEN 10 // (range % 3) > 5 THEN 'big' ELSE 'small' END AS c FROM range(200);
