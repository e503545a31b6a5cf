-- DISTINCT aggregates of several arguments beside others
SELECT k, count(DISTINCT i) AS ci, count(DISTINCT s) AS cs, sum(DISTINCT i) AS si, sum(l) AS sl, avg(x) AS ax, count(DISTINCT x) AS cx FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'}) GROUP BY k;
