-- Lists among those of a subquery
SELECT row, s FROM 'test/data/edges.csv' WHERE string_split(s, ' ') IN (SELECT string_split(r, ' ') FROM 'test/data/edges.csv');
