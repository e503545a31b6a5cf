-- length counts code points; every null pattern; faults become null
SET on_error = 'null';
SELECT row, length(s) AS c0,
       length(s || r) AS c1,
       length(n) AS c2
FROM 'test/data/edges.csv';
