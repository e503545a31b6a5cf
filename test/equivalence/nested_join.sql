-- A join on lists and structs
SELECT o.row, r.row AS other FROM (SELECT row, [k, NULL] AS l, {'b': b} AS v FROM 'test/data/edges.csv' WHERE row < 60) o LEFT JOIN (SELECT row, [k, NULL] AS l, {'b': a} AS v FROM 'test/data/edges.csv' WHERE row > 40 AND row < 90) r ON o.l = r.l AND o.v = r.v;
