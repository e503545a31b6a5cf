-- TRY_CAST is null where CAST would fault, and faults where its argument does; every null pattern
SELECT row, TRY_CAST(n AS tinyint) AS c0,
       TRY_CAST(n AS ubigint) AS c1,
       TRY_CAST(n AS float) AS c2,
       TRY_CAST(n AS decimal(5, 2)) AS c3,
       TRY_CAST(n AS decimal(30, 2)) AS c4,
       TRY_CAST(n AS date) AS c5,
       TRY_CAST(l AS integer) AS c6,
       TRY_CAST(x AS bigint) AS c7,
       TRY_CAST(i AS varchar) AS c8,
       coalesce(TRY_CAST(l AS smallint), 7) AS c9
FROM read_csv('test/data/edges.csv', types = {'i': 'int32'});
