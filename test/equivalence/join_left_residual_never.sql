-- A left join whose condition no pair meets
SELECT a.k, a.v, b.v AS w FROM 'test/data/skewed.csv' a LEFT JOIN 'test/data/skewed.csv' b ON a.k = b.k AND a.x + b.x > 1000;
