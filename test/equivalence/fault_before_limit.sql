-- A row that faults within LIMIT fails the query, however many rows other workers have by then
-- error: division by zero
SELECT range, 10 // (65530 - range) AS y FROM range(140000) LIMIT 65535;
