-- ORDER BY text by bytes; ties in input order
SELECT row, s FROM 'test/data/edges.csv' ORDER BY s;
