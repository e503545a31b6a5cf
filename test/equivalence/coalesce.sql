-- coalesce, ifnull, nullif of every type; the second argument faults only where it is needed; every null pattern; faults become null
SET on_error = 'null';
SELECT row, coalesce(i, j) AS c0,
       coalesce(l, m, -1) AS c1,
       coalesce(x, y) AS c2,
       coalesce(s, r, 'none') AS c3,
       coalesce(a, b) AS c4,
       coalesce(t, u) AS c5,
       coalesce(p, q) AS c6,
       coalesce(i, i // 0) AS c7,
       nullif(i, j) AS c8,
       nullif(x, y) AS c9,
       ifnull(s, '') AS c10
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'j': 'int32'});
