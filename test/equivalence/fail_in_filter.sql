-- Policy fail in WHERE
-- error: division by zero
SELECT count(*) AS n FROM range(100) WHERE 10 // (range - 50) > 0;
