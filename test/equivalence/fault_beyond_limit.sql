-- Rows beyond LIMIT do not fault
SELECT range, 10 // (60 - range) AS y FROM range(100) LIMIT 50;
