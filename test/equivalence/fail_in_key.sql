-- Policy fail in a GROUP BY key
-- error: division by zero
SELECT 10 // (range - 50) AS k, count(*) AS n FROM range(100) GROUP BY k;
