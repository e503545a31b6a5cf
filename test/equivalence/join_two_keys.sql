-- Join on two keys of different types
SELECT a.row AS r1, b.row AS r2 FROM 'test/data/edges.csv' a JOIN 'test/data/edges.csv' b ON a.k = b.k AND a.t = b.u;
