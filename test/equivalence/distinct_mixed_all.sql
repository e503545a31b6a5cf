-- The same without keys
SELECT count(DISTINCT i) AS ci, count(DISTINCT s) AS cs, sum(i) AS si, count(*) AS n, var_pop(DISTINCT i) AS vi FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'});
