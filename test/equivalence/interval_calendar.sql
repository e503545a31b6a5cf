-- Dates and timestamps moved by months and years, at the ends of months and of the calendar; every null pattern; faults become null
SET on_error = 'null';
SELECT row, t + to_months(k - 2) AS c0,
       u - to_months(k * 5) AS c1,
       t + to_years(k * 100) AS c2,
       p + to_months(j) AS c3,
       t + to_days(j) AS c4,
       q - to_years(i) AS c5,
       p + (to_months(k) - to_days(k)) AS c6,
       (t + INTERVAL 1 MONTH) - INTERVAL 1 MONTH AS c7
FROM 'test/data/edges.csv';
