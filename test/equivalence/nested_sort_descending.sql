-- Rows in the descending order of structs, nulls first
SELECT row, CASE WHEN a THEN {'k': k, 'l': [s]} END AS v FROM 'test/data/edges.csv' ORDER BY v DESC NULLS FIRST, [r] DESC;
