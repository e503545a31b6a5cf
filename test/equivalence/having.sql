-- HAVING with and without keys, over aggregates that are not selected
SELECT k, min(row) AS first FROM 'test/data/edges.csv' GROUP BY k HAVING count(x) > 10 AND max(length(s)) > 20;
