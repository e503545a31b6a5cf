-- An aggregate over the rows that are equal to one of the query around; the count of none is 0
SELECT row, (SELECT count(*) FROM 'test/data/edges.csv' AS e WHERE e.i = o.j) AS n, (SELECT max(e.row) FROM 'test/data/edges.csv' AS e WHERE e.l = o.l AND e.i = o.i) AS last FROM 'test/data/edges.csv' AS o;
