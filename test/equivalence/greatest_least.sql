-- greatest and least of every type; nulls are skipped; a fault beats them
SET on_error = 'null';
SELECT row, greatest(i, j, 5) AS c0, least(l, m) AS c1, greatest(x, y) AS c2, least(x, y) AS c3, greatest(d, e) AS c4,
       least(t, u) AS c5, greatest(p, q) AS c6, least(s, r, 'm') AS c7, greatest(a, b) AS c8, greatest(10 // i, 3) AS c9,
       least(i, 2.5, NULL) AS c10
FROM 'test/data/edges.csv';
