-- DISTINCT below DISTINCT of floats: zeros of both signs and NaN
SELECT max(x) AS most, min(x) AS least, bool_or(x > 1) AS some FROM (SELECT DISTINCT x, k FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'}) WHERE k >= 0) t;
