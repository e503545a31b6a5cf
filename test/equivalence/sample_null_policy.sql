-- Faults that become null are sampled with their rows
SET on_error = 'null';
SELECT x, z FROM (SELECT range AS x, 10 // (range % 7) AS z FROM range(3000)) t TABLESAMPLE bernoulli (2) WHERE z IS NULL OR z > 2;
