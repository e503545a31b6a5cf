-- A join on intervals of one length
SELECT o.row, r.row AS other FROM (SELECT row, to_hours(24 * k) AS h FROM 'test/data/edges.csv' WHERE row < 60) o JOIN (SELECT row, to_days(k) AS d FROM 'test/data/edges.csv' WHERE row > 40 AND row < 90) r ON o.h = r.d;
