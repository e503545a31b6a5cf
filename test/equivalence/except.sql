-- EXCEPT: nulls are equal
SELECT j, b, s FROM 'test/data/edges.csv' EXCEPT SELECT i, a, s FROM 'test/data/edges.csv' WHERE row % 2 = 0;
