-- Such a join under a limit, which takes the first by all columns
SELECT a.k, a.row FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'}) a LEFT JOIN (SELECT k, max(x) AS most FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'}) GROUP BY k) b ON a.k = b.k LIMIT 9;
