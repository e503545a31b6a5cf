-- A sort that list sees stays
SELECT k, list(row) AS seen FROM (SELECT k, row FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'}) ORDER BY s, row) t GROUP BY k;
