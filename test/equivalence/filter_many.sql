-- Many conjuncts over many columns
SELECT row FROM 'test/data/edges.csv' WHERE k IS NOT NULL AND x < 1e10 AND (s > 'a' OR r LIKE '%e%') AND NOT (a AND b) AND t >= DATE '1900-01-01';
