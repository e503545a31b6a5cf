-- A full join on keys with nulls: they match nothing
SELECT a.row, b.row AS other, b.s FROM 'test/data/edges.csv' a FULL JOIN 'test/data/edges.csv' b ON a.j = b.l;
