-- Conditions that fault are null where faults are
SET on_error = 'null';
SELECT range AS n, CASE WHEN 10 // (range - 7) > 2 THEN 1 WHEN range > 5 THEN 1 ELSE 2 END AS a, CASE WHEN 10 // (range - 7) > 2 THEN true ELSE false END AS b FROM range(20) WHERE CASE WHEN 10 // (range - 3) > -100 THEN 'x' ELSE 'y' END = 'x';
