-- Descending, nulls first and last, several keys
SELECT row, k, x FROM 'test/data/edges.csv' ORDER BY k DESC NULLS FIRST, x DESC;
