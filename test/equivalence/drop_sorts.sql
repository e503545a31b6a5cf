-- Sorts that nobody sees, and one that list sees
SELECT s, count(*) AS n, sum(x) AS total, max(first_k) AS k FROM (SELECT s, x, k AS first_k FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'}) ORDER BY x DESC, i) t GROUP BY s;
