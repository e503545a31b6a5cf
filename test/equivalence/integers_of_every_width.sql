-- Casts into integers of every width, their sums, products and comparisons; every null pattern; faults become null
SET on_error = 'null';
WITH t AS (SELECT row, CAST(i AS tinyint) AS i1, CAST(i AS smallint) AS i2, CAST(l AS utinyint) AS u1,
                  CAST(l AS usmallint) AS u2, CAST(l AS uinteger) AS u4, CAST(l AS ubigint) AS u8, i, l
           FROM read_csv('test/data/edges.csv', types = {'i': 'int32'}))
SELECT row, i1 + i1 AS c0, i1 * i2 AS c1, i2 - u1 AS c2, u1 * u1 AS c3, u2 + u2 AS c4, u4 * u4 AS c5, u8 + u8 AS c6,
       u8 * u8 AS c7, u4 - u2 AS c8, -i1 AS c9, -u1 AS c10, abs(i2) AS c11, i1 // i2 AS c12, u8 % u1 AS c13,
       i1 = u8 AS c14, i2 < u4 AS c15, u8 + l AS c16, i1 + 1 AS c17, u1 - 1 AS c18, u1 + 1000 AS c19,
       coalesce(i1, u2) AS c20, CASE WHEN i1 > 0 THEN u4 ELSE i1 END AS c21, sign(u4) AS c22, u8 / 2 AS c23,
       CAST(u8 AS varchar) AS c24, CAST(u8 AS double) AS c25, CAST(i1 AS boolean) AS c26
FROM t;
