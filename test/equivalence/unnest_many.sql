-- Lists longer than a vector
SELECT k, count(*) AS n, sum(e) AS total, min(e) AS least, max(e) AS most FROM (SELECT k, unnest(range(k * 1500)) AS e FROM 'test/data/edges.csv' WHERE row < 20) GROUP BY k;
