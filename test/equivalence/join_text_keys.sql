-- Join on text, with nulls and long strings
SELECT a.row AS r1, b.row AS r2 FROM 'test/data/edges.csv' a JOIN 'test/data/edges.csv' b ON a.s = b.r WHERE a.row < 90 AND b.row < 90;
