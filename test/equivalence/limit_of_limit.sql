-- LIMIT in a subquery under a filter
SELECT x FROM (SELECT range AS x FROM range(1000) LIMIT 100) t WHERE x % 7 = 0 LIMIT 5 OFFSET 2;
