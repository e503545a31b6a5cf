-- First and last rows of groups, by keys and by the input
SELECT k, first(i) AS fi, last(s) AS ls, any_value(x) AS ax, first(s ORDER BY x DESC NULLS FIRST, l) AS fs, last(x ORDER BY i) AS lx, arg_min(s, l) AS m, arg_max(i, x) AS n, first(i) FILTER (WHERE b) AS fb FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'}) GROUP BY k;
