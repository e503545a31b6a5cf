-- hash: equal for equal values; every null pattern; faults become null
SET on_error = 'null';
SELECT row, hash(i) AS h_i,
       hash(l) AS h_l,
       hash(x) AS h_x,
       hash(d) AS h_d,
       hash(g) AS h_g,
       hash(a) AS h_a,
       hash(t) AS h_t,
       hash(p) AS h_p,
       hash(s) AS h_s,
       hash(x) = hash(-x) AS c0
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'g': 'decimal(38,0)'});
