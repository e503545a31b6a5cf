-- A join that multiplies rows: 180 × 180 on one key
SELECT count(*) AS n, sum(a.v * b.v) AS s, min(a.x + b.x) AS lo FROM 'test/data/skewed.csv' a JOIN 'test/data/skewed.csv' b ON a.k = b.k;
