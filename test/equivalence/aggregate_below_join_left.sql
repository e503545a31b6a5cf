-- The same of a left join: rows without a match count as one row, and no value
CREATE TABLE facts AS SELECT CASE WHEN range % 37 <> 5 THEN range % 37 END AS k, CASE WHEN range % 37 <> 7 THEN range % 1000 - 300 END AS v FROM range(3000);
CREATE TABLE names AS SELECT range % 40 AS k, 'name ' || range AS name FROM range(60);
SELECT orders, sum(n) AS n, count(*) AS groups, max(most) AS most, sum(total) AS total FROM (SELECT n.k, count(v) AS orders, count(*) AS n, max(v) AS most, sum(v) AS total FROM names n LEFT JOIN facts f ON n.k = f.k GROUP BY n.k) t GROUP BY orders;
