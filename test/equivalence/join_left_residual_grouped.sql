-- A left join with a condition over both sides, aggregated in the same stage
SELECT count(*) AS n, count(b.v) AS matched, sum(a.v * b.v) AS s, max(b.v - a.v) AS far FROM 'test/data/skewed.csv' a LEFT JOIN 'test/data/skewed.csv' b ON a.k = b.k AND b.x > a.x + 1.2;
