-- year month day hour minute, before and after 1970; every null pattern; faults become null
SET on_error = 'null';
SELECT row, year(t) AS c0,
       month(t) AS c1,
       day(t) AS c2,
       year(p) AS c3,
       month(p) AS c4,
       day(p) AS c5,
       hour(p) AS c6,
       minute(p) AS c7
FROM 'test/data/edges.csv';
