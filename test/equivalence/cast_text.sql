-- Casts to text; every null pattern; faults become null
SET on_error = 'null';
SELECT row, CAST(i AS varchar) AS c_i,
       CAST(l AS varchar) AS c_l,
       CAST(x AS varchar) AS c_x,
       CAST(d AS varchar) AS c_d,
       CAST(e AS varchar) AS c_e,
       CAST(g AS varchar) AS c_g,
       CAST(a AS varchar) AS c_a,
       CAST(t AS varchar) AS c_t,
       CAST(p AS varchar) AS c_p
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)', 'g': 'decimal(38,0)'});
