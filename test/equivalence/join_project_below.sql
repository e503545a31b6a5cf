-- The smaller table's expressions are computed below the join: predicates, lengths, CASE
SELECT b.s LIKE '%a%' AS a, count(*) AS n, sum(CASE WHEN b.s LIKE 'b%' THEN length(b.s) ELSE 0 END) AS bytes, min(yearweek(b.t)) AS week FROM 'test/data/edges.csv' a JOIN (SELECT * FROM 'test/data/edges.csv' ORDER BY row LIMIT 20) b ON a.k = b.k GROUP BY 1;
