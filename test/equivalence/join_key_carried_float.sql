-- A float key is read above the join as it was computed, -0 and NaN included
SELECT a.row, -a.x AS x, -b.x AS y, b.row AS other FROM 'test/data/edges.csv' a JOIN 'test/data/edges.csv' b ON -a.x = -b.x WHERE a.row < 90 AND b.row < 90;
