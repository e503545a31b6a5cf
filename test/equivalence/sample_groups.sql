-- Groups have no order: they are sampled in the total order of all columns
SELECT g.n FROM (SELECT k, count(*) AS n, sum(v) AS s FROM 'test/data/skewed.csv' GROUP BY k) g TABLESAMPLE 40% (bernoulli, 5);
