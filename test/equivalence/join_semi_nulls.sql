-- A semi join on keys with nulls: they match nothing
SELECT a.row, a.s FROM 'test/data/edges.csv' a SEMI JOIN 'test/data/edges.csv' b ON a.j = b.l;
