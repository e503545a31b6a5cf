-- IS NULL and IS NOT NULL of every type, and of a faulting call; every null pattern; faults become null
SET on_error = 'null';
SELECT row, i IS NULL AS n_i,
       l IS NULL AS n_l,
       x IS NULL AS n_x,
       d IS NULL AS n_d,
       a IS NULL AS n_a,
       t IS NULL AS n_t,
       p IS NULL AS n_p,
       s IS NULL AS n_s,
       i + j IS NULL AS c0,
       s IS NOT NULL AS c1,
       x IS NOT NULL AND y IS NULL AS c2
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'j': 'int32', 'd': 'decimal(12,2)'});
