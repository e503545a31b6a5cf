-- A anti join on keys with nulls: they match nothing
SELECT a.row, a.s FROM 'test/data/edges.csv' a ANTI JOIN 'test/data/edges.csv' b ON a.j = b.l;
