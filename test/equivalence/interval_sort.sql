-- Ties of intervals keep the order of the input
SELECT row, to_days(k) AS d FROM 'test/data/edges.csv' ORDER BY CASE WHEN a THEN to_hours(k * 24) ELSE to_days(k) END DESC NULLS FIRST, to_minutes(j % 3);
