-- A left join whose condition is null for some pairs: no match
SELECT a.row, b.row AS other, b.s, b.x FROM 'test/data/edges.csv' a LEFT JOIN 'test/data/edges.csv' b ON a.j = b.j AND a.x < b.y AND b.s > a.r;
