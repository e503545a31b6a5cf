-- A full join on text, float and several keys
SELECT a.row, b.row AS other FROM 'test/data/edges.csv' a FULL JOIN 'test/data/edges.csv' b ON a.s = b.r AND a.a = b.b;
