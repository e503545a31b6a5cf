-- What a subquery's WHERE compares with the query around it is the condition of a semi join, and beside NOT that of an anti join
SELECT row FROM 'test/data/edges.csv' AS o WHERE EXISTS (SELECT * FROM 'test/data/edges.csv' AS e WHERE e.i = o.j AND e.row <> o.row) AND NOT EXISTS (SELECT * FROM 'test/data/edges.csv' AS e WHERE e.l = o.l AND e.row > o.row + 40);
