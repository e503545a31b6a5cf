-- round: halves, many digits, negative digits, decimals and integers; every null pattern; faults become null
SET on_error = 'null';
SELECT row, round(x) AS c0,
       round(x, 2) AS c1,
       round(x, -2) AS c2,
       round(x, 20) AS c3,
       round(x, 30) AS c4,
       round(d, 1) AS c5,
       round(e, 3) AS c6,
       round(i) AS c7,
       round(d * 0.5) AS c8
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'});
