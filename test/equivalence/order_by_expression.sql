-- ORDER BY an expression and a column that is not selected
SELECT row FROM 'test/data/edges.csv' ORDER BY length(s) % 4 DESC, k, s;
