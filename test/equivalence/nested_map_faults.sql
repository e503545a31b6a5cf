-- Keys of maps that are null or come twice; every null pattern; faults become null
SET on_error = 'null';
SELECT row, map([i, j], [s, r]) AS c0,
       map([k, 2], [1, 2])[2] AS c1,
       map(CASE WHEN a THEN [k, 7] ELSE [k] END, [i]) AS c2,
       MAP {s: 1} AS c3
FROM 'test/data/edges.csv';
