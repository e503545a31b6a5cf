-- Casts to and from bool; every null pattern; faults become null
SET on_error = 'null';
SELECT row, CAST(i AS boolean) AS c0,
       CAST(l AS boolean) AS c1,
       CAST(n AS boolean) AS c2,
       CAST(a AS integer) AS c3,
       CAST(a AS bigint) AS c4,
       CAST(a AS varchar) AS c5
FROM read_csv('test/data/edges.csv', types = {'i': 'int32'});
