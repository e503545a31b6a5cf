-- First and last rows without keys
SELECT first(i) AS fi, last(s) AS ls, any_value(x) AS ax, arg_min(s, l) AS m, count(*) AS n FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'});
