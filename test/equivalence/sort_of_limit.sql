-- A sort above a limit above a sort
SELECT v, k FROM (SELECT v, k FROM 'test/data/skewed.csv' ORDER BY x LIMIT 30) t ORDER BY k, v DESC;
