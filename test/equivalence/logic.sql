-- AND, OR, NOT in three values; every null pattern; faults become null
SET on_error = 'null';
SELECT row, a AND b AS c0,
       a OR b AS c1,
       NOT a AS c2,
       a AND NOT b OR b AND NOT a AS c3,
       a = b AND (a OR b) AS c4,
       a AND null AS c5,
       a OR null AS c6
FROM 'test/data/edges.csv';
