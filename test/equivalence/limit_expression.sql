-- LIMIT and OFFSET that compute
SELECT range FROM range(20) LIMIT 2 * 3 OFFSET 1 + 1;
