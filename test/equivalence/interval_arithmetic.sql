-- Sums, differences and multiples of dates, times, timestamps and intervals; every null pattern; faults become null
SET on_error = 'null';
SELECT row, t + INTERVAL '1 month -3 days' AS c0,
       p - INTERVAL '1 year 2 months 3 days 04:05:06.7' AS c1,
       q + to_hours(k) AS c2,
       INTERVAL '1 month 1 day 1 hour' * k AS c3,
       k * to_minutes(90) AS c4,
       INTERVAL 1 DAY + to_minutes(k) AS c5,
       to_months(i) - to_days(j) AS c6,
       -to_quarters(k) AS c7,
       p - q AS c8,
       p - t AS c9,
       t - q AS c10,
       INTERVAL 2 WEEK + t AS c11,
       t + CAST(p AS time) AS c12,
       CAST(p AS timestamptz) + INTERVAL '1 month' AS c13,
       CAST(q AS time) + INTERVAL 90 MINUTE AS c14,
       CAST(p AS time) - to_hours(k * 9) AS c15
FROM 'test/data/edges.csv';
