-- what is read behind filters by several such columns is sorted
SELECT y, r, k FROM 'test/data/edges.csv' WHERE (s LIKE '%a%' OR s IS NULL) AND (d > 0 OR d IS NULL) ORDER BY y, r, k;
