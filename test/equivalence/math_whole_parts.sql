-- floor, ceil, trunc, even, round of floats, decimals and integers; every null pattern
SET on_error = 'null';
SELECT row, floor(x) AS c0, ceil(x) AS c1, trunc(x) AS c2, trunc(y, 2) AS c3, even(x) AS c4, floor(d) AS c5, ceil(d) AS c6,
       trunc(d, 1) AS c7, round(d, 1) AS c8, round(d, -1) AS c9, ceil(g) AS c10, round(g, -3) AS c11, floor(e) AS c12,
       round(i, -2) AS c13, round(l, -5) AS c14, floor(i) AS c15, trunc(l) AS c16, trunc(x, j) AS c17, round(i, -9) AS c18
FROM (SELECT row, i, CAST(j % 20 AS int) AS j, l, x, y, d, e, g FROM 'test/data/edges.csv');
