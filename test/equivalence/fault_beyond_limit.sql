-- Rows beyond LIMIT do not fault
-- set aside: the engine computes whole vectors before LIMIT, and reports faults beyond it
SELECT range, 10 // (60 - range) AS y FROM range(100) LIMIT 50;
