-- An aggregate of an aggregate
SELECT n, count(*) AS how_many, sum(s) AS total FROM (SELECT k, count(*) AS n, sum(v) AS s FROM 'test/data/skewed.csv' GROUP BY k) t GROUP BY n;
