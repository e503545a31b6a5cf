-- IS NOT DISTINCT FROM as a join's key: null meets null, and as a value
SELECT a.row AS a, b.row AS b, a.i IS DISTINCT FROM b.j AS c FROM 'test/data/edges.csv' AS a LEFT JOIN 'test/data/edges.csv' AS b ON a.i IS NOT DISTINCT FROM b.i AND a.k = b.k;
