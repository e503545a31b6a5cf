-- Which of rows that differ in the signs of zeros alone a limit keeps
SELECT x, y FROM (SELECT row, CASE WHEN row % 2 = 0 THEN 0e0 ELSE -0e0 END AS x, CASE WHEN row % 3 = 0 THEN 0e0 ELSE -0e0 END AS y, count(*) AS n FROM 'test/data/edges.csv' GROUP BY row) t LIMIT 100;
