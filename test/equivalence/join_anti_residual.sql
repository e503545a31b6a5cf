-- A anti join with a condition that is null for some pairs
SELECT a.row, a.x FROM 'test/data/edges.csv' a ANTI JOIN 'test/data/edges.csv' b ON a.j = b.j AND a.x < b.y AND b.s > a.r;
