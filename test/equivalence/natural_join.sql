-- NATURAL JOIN: all common columns
SELECT * FROM (SELECT range AS k, range % 3 AS m, 'l' AS l FROM range(20)) a NATURAL JOIN (SELECT range * 2 AS k, range * 2 % 3 AS m, 'r' AS r FROM range(20)) b;
