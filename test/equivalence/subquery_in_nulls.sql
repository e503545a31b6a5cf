-- IN with nulls on either side, and over nothing
SELECT x, x IN (SELECT y FROM (VALUES (1), (2), (NULL)) b(y)) AS with_null, x NOT IN (SELECT y FROM (VALUES (1), (2), (NULL)) b(y)) AS not_with_null, x IN (SELECT y FROM (VALUES (1), (2)) b(y)) AS without, x NOT IN (SELECT y FROM (VALUES (1)) b(y) WHERE y > 5) AS over_nothing FROM (VALUES (1), (3), (NULL)) a(x);
