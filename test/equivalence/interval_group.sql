-- Intervals of one length are one key, which shows as months of 30 days, days and µs
SELECT CASE WHEN a THEN to_hours(k * 24) WHEN b THEN to_days(k) ELSE to_months(k) END AS key, count(*) AS n, min(to_days(i % 1000)) AS least, max(to_hours(j % 1000)) AS most, count(DISTINCT to_minutes(k)) AS kinds FROM 'test/data/edges.csv' GROUP BY key;
