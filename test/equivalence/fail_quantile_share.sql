-- A share beyond 1 is a fault
-- error: out of range
SELECT quantile_cont(x, 1.5) AS q FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'});
