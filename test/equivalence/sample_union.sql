-- A sample of UNION ALL counts the rows of one input after the other
SELECT x FROM (SELECT range AS x FROM range(5000) WHERE range % 5 < 3 UNION ALL SELECT id FROM 'test/data/customers.csv' UNION ALL SELECT range AS x FROM range(100000, 105000)) t TABLESAMPLE 3% (bernoulli);
