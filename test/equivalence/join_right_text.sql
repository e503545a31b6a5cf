-- A right join on text, float and several keys
SELECT a.row, b.row AS other FROM 'test/data/edges.csv' a RIGHT JOIN 'test/data/edges.csv' b ON a.s = b.r AND a.a = b.b;
