-- One key has most of the rows
SELECT k, count(*) AS n, sum(v) AS s, avg(x) AS a, min(x) AS lo FROM 'test/data/skewed.csv' GROUP BY k;
