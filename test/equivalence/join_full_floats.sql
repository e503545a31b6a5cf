-- A full join on floats: zeros of both signs are one key
SELECT a.row, b.row AS other, b.y FROM 'test/data/edges.csv' a FULL JOIN 'test/data/edges.csv' b ON a.x = b.y;
