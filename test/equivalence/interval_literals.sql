-- What intervals are written as
SELECT INTERVAL '1 year 2 months -3 days 04:05:06.5' AS a, INTERVAL 3 WEEK AS b, INTERVAL '1.5 days' AS c, INTERVAL '-90' MINUTE AS d, INTERVAL '0 days' AS e, INTERVAL '14 months' AS f, INTERVAL '100:00:00' AS g, INTERVAL '-00:00:00.000001' AS h, CAST(INTERVAL '1 day 1 day' AS varchar) AS i, INTERVAL '1 decade 1 century' AS j;
