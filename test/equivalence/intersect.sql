-- INTERSECT: nulls are equal
SELECT i, a FROM 'test/data/edges.csv' INTERSECT SELECT j, b FROM 'test/data/edges.csv';
