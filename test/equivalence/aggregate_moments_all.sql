-- Variances and covariances in the loops
SELECT var_samp(x) AS vs, var_pop(i) AS vp, covar_pop(i, x) AS cp, var_pop(x) FILTER (WHERE x BETWEEN -1000 AND 1000) AS vf FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'});
