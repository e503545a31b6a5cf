-- Casts to float64 are correctly rounded; every null pattern; faults become null
SET on_error = 'null';
SELECT row, CAST(i AS double) AS c_i,
       CAST(l AS double) AS c_l,
       CAST(d AS double) AS c_d,
       CAST(e AS double) AS c_e,
       CAST(g AS double) AS c_g,
       CAST(n AS double) AS c_n
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)', 'g': 'decimal(38,0)'});
