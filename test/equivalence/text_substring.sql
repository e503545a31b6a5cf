-- substring from the front, from the end, beyond, over multi-byte text; every null pattern; faults become null
SET on_error = 'null';
SELECT row, substring(s, 2) AS c0,
       substring(s, 1, 3) AS c1,
       substring(s, -3) AS c2,
       substring(s, -2, 1) AS c3,
       substring(s, 0, 2) AS c4,
       substring(s, 2, -1) AS c5,
       substring(s, 5, 100) AS c6,
       substring(s, k, l) AS c7,
       substring(s, 14, 20) AS c8
FROM 'test/data/edges.csv';
