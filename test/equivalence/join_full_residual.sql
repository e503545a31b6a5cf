-- A full join with a condition that is null for some pairs
SELECT a.row, b.row AS other, b.s, b.x FROM 'test/data/edges.csv' a FULL JOIN 'test/data/edges.csv' b ON a.j = b.j AND a.x < b.y AND b.s > a.r;
