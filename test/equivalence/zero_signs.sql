-- Rows that differ in the signs of zeros alone: -0 before +0 once nothing else decides
SELECT x, i FROM (SELECT row, CASE WHEN row % 2 = 0 THEN 0e0 ELSE -0e0 END AS x, row % 3 AS i, count(*) AS n FROM 'test/data/edges.csv' GROUP BY row) t ORDER BY i, x DESC;
