-- Medians without keys, beside other aggregates
SELECT median(i) AS mi, quantile_disc(l, 0.5) AS ql, mode(k) AS ok, sum(i) AS si, count(*) AS n FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'});
