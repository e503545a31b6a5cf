-- A sample of a sample
SELECT count(*) AS n, sum(x) AS s FROM (SELECT range AS x FROM range(50000) TABLESAMPLE bernoulli (50)) t TABLESAMPLE system (50) REPEATABLE (1);
