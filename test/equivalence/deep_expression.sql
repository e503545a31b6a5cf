-- A chain of dependent arithmetic and CASE; every null pattern; faults become null
SET on_error = 'null';
SELECT row, CASE WHEN (x + y) * 2 > x THEN (x - y) / 3 ELSE x * x END + CASE WHEN i > j THEN i - 1 ELSE j + 1 END AS c0,
       ((i % 7 + 7) % 7) * ((j % 5 + 5) % 5) - (k * 3 - 1) * (k + 2) AS c1,
       CASE WHEN s IS NULL THEN length(r) ELSE length(s) + length(r) * 2 END - k AS c2
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'j': 'int32'});
