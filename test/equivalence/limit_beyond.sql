-- LIMIT and OFFSET beyond the rows
SELECT range FROM range(10) LIMIT 100 OFFSET 7;
