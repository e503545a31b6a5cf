-- TABLESAMPLE: each row of a file on its own, in its order
SELECT * FROM 'test/data/edges.csv' TABLESAMPLE bernoulli (40);
