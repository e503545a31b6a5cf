-- A anti join on two keys
SELECT a.row FROM 'test/data/edges.csv' a ANTI JOIN 'test/data/edges.csv' b ON a.s = b.r AND a.a = b.b;
