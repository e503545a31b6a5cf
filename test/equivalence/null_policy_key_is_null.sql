-- Policy null: a key that faulted is null, also where its type says that it never is
SET on_error = 'null';
SELECT k IS NULL AS missing, k IS NOT NULL AS found, n FROM (SELECT 10 // (range % 3) AS k, count(*) AS n FROM range(7) GROUP BY 1) t;
