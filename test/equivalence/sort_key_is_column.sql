-- A sort key that the projection below computes, under a limit
SELECT row, length(s) AS n, length(s) + 1 AS more FROM 'test/data/edges.csv' ORDER BY length(s) + 1 DESC NULLS FIRST, upper(r), row LIMIT 30;
