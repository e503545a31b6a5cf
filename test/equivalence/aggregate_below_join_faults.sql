-- What is aggregated may fault in rows that match nothing, and does not
CREATE TABLE facts AS SELECT range % 37 AS k, range % 37 - 36 AS v FROM range(3000);
CREATE TABLE names AS SELECT range AS k FROM range(36);
SELECT n.k, sum(10 // v) AS total FROM facts f JOIN names n ON f.k = n.k GROUP BY n.k;
