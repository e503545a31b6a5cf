-- As a value: rows whose comparison with the query around is null are not in the set
SELECT row, i IN (SELECT e.j FROM 'test/data/edges.csv' AS e WHERE e.l = o.l AND e.row < 30) AS found FROM 'test/data/edges.csv' AS o;
