-- Arithmetic of decimals near 38 digits; every null pattern; faults become null
SET on_error = 'null';
SELECT row, d + d AS c0,
       d * d AS c1,
       d + e AS c2,
       e - d AS c3,
       e * d AS c4,
       g + g AS c5,
       g * 10 AS c6,
       -g AS c7,
       abs(e) AS c8,
       d / e AS c9,
       g - 1 AS c10
FROM read_csv('test/data/edges.csv', types = {'d': 'decimal(12,2)', 'e': 'decimal(38,10)', 'g': 'decimal(38,0)'});
