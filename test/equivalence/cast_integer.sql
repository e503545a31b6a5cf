-- Casts to int32 and int64; every null pattern; faults become null
SET on_error = 'null';
SELECT row, CAST(i AS bigint) AS i_bigint,
       CAST(l AS integer) AS l_integer,
       CAST(x AS integer) AS x_integer,
       CAST(x AS bigint) AS x_bigint,
       CAST(d AS integer) AS d_integer,
       CAST(d AS bigint) AS d_bigint,
       CAST(e AS integer) AS e_integer,
       CAST(e AS bigint) AS e_bigint,
       CAST(a AS integer) AS a_integer,
       CAST(a AS bigint) AS a_bigint,
       CAST(n AS integer) AS n_integer,
       CAST(n AS bigint) AS n_bigint
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'});
