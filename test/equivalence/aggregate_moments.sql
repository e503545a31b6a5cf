-- Variances and covariances are exact, whatever the order
SELECT k, var_samp(x) AS vs, var_pop(x) AS vp, stddev_samp(x) AS ss, stddev_pop(i) AS sp, covar_pop(x, i) AS cp, covar_samp(i, x) AS cs FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'}) WHERE x BETWEEN -1e150 AND 1e150 OR x IS NULL GROUP BY k;
