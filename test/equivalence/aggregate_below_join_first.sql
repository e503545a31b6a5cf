-- The left side of a left join is aggregated, under keys of both sides
CREATE TABLE facts AS SELECT range % 37 AS k, range % 2 AS h, range % 1000 - 300 AS v FROM range(3000);
CREATE TABLE names AS SELECT range AS k, range % 9 AS class FROM range(30);
SELECT f.k % 5 AS k5, h, class, sum(v) AS total, count(*) AS n FROM facts f LEFT JOIN names n ON f.k = n.k GROUP BY f.k % 5, h, class HAVING count(*) > 3;
