-- Another seed takes other rows
SELECT row, s FROM 'test/data/edges.csv' e TABLESAMPLE bernoulli (40) REPEATABLE (12345);
