-- USING of a full join: the column that is not null
SELECT *, a.i AS l, b.i AS r FROM (SELECT i, row FROM 'test/data/edges.csv') a FULL JOIN (SELECT j AS i, row AS other FROM 'test/data/edges.csv') b USING (i);
