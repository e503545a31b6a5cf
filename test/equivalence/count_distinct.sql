-- count(DISTINCT) by group
SELECT k, count(DISTINCT s) AS n FROM 'test/data/edges.csv' GROUP BY k;
