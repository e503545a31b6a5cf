-- LIMIT over groups: the first of the total order of all columns
SELECT k, count(*) AS n FROM 'test/data/skewed.csv' GROUP BY k LIMIT 5;
