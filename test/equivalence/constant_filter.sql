-- Constant predicates: true, false, null
SELECT range FROM range(10) WHERE 1 = 1 AND (range > 5 OR 1 = 2) AND null IS NULL;
