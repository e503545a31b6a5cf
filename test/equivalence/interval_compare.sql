-- Intervals are equal and ordered by their length; every null pattern
SELECT row, to_days(k) = INTERVAL '24 hours' AS c0,
       to_hours(k * 24) <> to_days(k) AS c1,
       to_days(i % 100) < to_hours(j % 100) AS c2,
       to_months(k) >= to_days(k * 30) AS c3,
       to_minutes(k) > INTERVAL '0 days' AS c4,
       to_days(k) IN (INTERVAL 1 DAY, INTERVAL '48:00:00') AS c5,
       to_days(k) BETWEEN INTERVAL '0 hours' AND INTERVAL '1 week' AS c6,
       to_days(k) IS DISTINCT FROM to_hours(24) AS c7,
       to_days(k) IS NULL AS c8,
       greatest(to_days(k), INTERVAL '36 hours') AS c9,
       least(to_days(k), to_hours(j % 50)) AS c10,
       coalesce(to_days(k), INTERVAL '1 second') AS c11,
       CASE WHEN a THEN to_days(k) WHEN b THEN INTERVAL '1 hour' END AS c12,
       nullif(to_days(k), INTERVAL '1 day') AS c13
FROM 'test/data/edges.csv';
