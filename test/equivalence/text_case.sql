-- upper and lower, ASCII and not; every null pattern; faults become null
SET on_error = 'null';
SELECT row, upper(s) AS c0,
       lower(s) AS c1,
       upper(lower(r)) AS c2,
       lower(n) AS c3
FROM 'test/data/edges.csv';
