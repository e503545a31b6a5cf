-- Policy fail in an aggregate's argument
-- error: division by zero
SELECT sum(10 // (range - 50)) AS n FROM range(100);
