-- Dates plus days and months, at the ends of months and of the calendar; every null pattern; faults become null
SET on_error = 'null';
SELECT row, t + INTERVAL 1 DAY AS c0,
       t - INTERVAL 1 MONTH AS c1,
       t + INTERVAL 1 YEAR AS c2,
       t + i AS c3,
       t - u AS c4,
       p + INTERVAL 3 HOUR AS c5,
       p - INTERVAL 90 MINUTE AS c6,
       p + INTERVAL 1 MONTH AS c7,
       p + INTERVAL 40 DAY AS c8,
       t - j AS c9
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'j': 'int32'});
