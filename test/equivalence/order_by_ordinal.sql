-- ORDER BY an ordinal and an alias
SELECT k AS key, count(*) AS n FROM 'test/data/edges.csv' GROUP BY k ORDER BY 2 DESC, key;
