-- Join on floats: NaN meets NaN, -0 meets +0
SELECT a.row AS r1, b.row AS r2, a.x AS x, b.y AS y FROM 'test/data/edges.csv' a JOIN 'test/data/edges.csv' b ON a.x = b.y WHERE a.row < 64 AND b.row < 64;
