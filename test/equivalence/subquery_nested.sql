-- Subqueries in subqueries
SELECT b + 1 AS c FROM (SELECT a * 2 AS b FROM (SELECT range - 5 AS a FROM range(100) WHERE range % 2 = 0) t WHERE a > 0) u WHERE b % 3 = 1;
