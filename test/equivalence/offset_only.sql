-- OFFSET without LIMIT
SELECT range FROM range(200) WHERE range % 2 = 0 OFFSET 90;
