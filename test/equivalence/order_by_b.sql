-- ORDER BY bools; ties in input order
SELECT row, b FROM 'test/data/edges.csv' ORDER BY b;
