-- Texts are joined in order
SELECT k, string_agg(s, '-' ORDER BY l, i) AS a, string_agg(s) AS b, string_agg(DISTINCT s, ',' ORDER BY s DESC) AS c, string_agg(s, '/') FILTER (WHERE b) AS d, string_agg(DISTINCT s, '+' ORDER BY s) FILTER (WHERE b) AS e FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'}) GROUP BY k;
