-- filters by columns that repeat their values, before columns that only the answer reads
SELECT row, l, x, s, d FROM 'test/data/edges.csv' WHERE t IN (DATE '1970-01-01', DATE '1999-12-31', DATE '0001-01-01') OR t IS NULL;
