-- Rows that a limit skips are read: what is computed of them faults
-- error: division by zero
SELECT 10 // x AS q FROM (SELECT range AS x FROM range(5)) t ORDER BY x LIMIT 2 OFFSET 1;
