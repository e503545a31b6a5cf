-- sums of integers divided into whole parts and rests
SELECT k, sum(row) // 3 AS a, sum(row) % 3 AS b, sum(row) // (k + 1) AS c, sum(-row) % 7 AS d FROM 'test/data/edges.csv' GROUP BY k;
