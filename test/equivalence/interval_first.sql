-- Aggregates that choose among intervals
SELECT k, first(to_days(i % 50) ORDER BY row) AS f, any_value(p - q ORDER BY row DESC) AS v, arg_min(to_hours(k), row) AS m, list(to_minutes(k) ORDER BY row) AS l FROM 'test/data/edges.csv' GROUP BY k;
