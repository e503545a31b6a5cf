-- A condition that faults, before a value that is the same
-- error: division by zero
SELECT CASE WHEN 10 // (range - 7) > 2 THEN 1 WHEN range >= 0 THEN 1 ELSE 2 END AS a FROM range(20);
