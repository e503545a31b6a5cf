-- A limit over a sample over a limit, and a sort
SELECT x FROM (SELECT range AS x FROM range(100000) LIMIT 3000 OFFSET 500) t TABLESAMPLE bernoulli (20) ORDER BY x DESC LIMIT 40;
