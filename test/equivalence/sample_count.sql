-- Rows without a column that is read
SELECT count(*) AS n FROM 'test/data/edges.csv' TABLESAMPLE bernoulli (10);
