-- ORDER BY dates; ties in input order
SELECT row, t FROM 'test/data/edges.csv' ORDER BY t;
