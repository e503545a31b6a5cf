-- LIMIT 0
SELECT range FROM range(10) LIMIT 0;
