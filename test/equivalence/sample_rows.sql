-- A number of rows, of which the keys are lowest
SELECT k, v FROM 'test/data/skewed.csv' TABLESAMPLE reservoir (17) REPEATABLE (3);
