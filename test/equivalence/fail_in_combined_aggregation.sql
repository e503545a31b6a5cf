-- A filter that faults is read of all rows
-- error: division by zero
SELECT (SELECT count(*) FROM range(100) WHERE 10 // range > 2) AS few, (SELECT count(*) FROM range(100) WHERE range > 50) AS high;
