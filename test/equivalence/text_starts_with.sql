-- starts_with; every null pattern; faults become null
SET on_error = 'null';
SELECT row, starts_with(s, 'a') AS c0,
       starts_with(s, r) AS c1,
       starts_with(s, '') AS c2,
       starts_with('a text that is long', s) AS c3
FROM 'test/data/edges.csv';
