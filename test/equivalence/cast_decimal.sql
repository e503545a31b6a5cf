-- Casts to decimals round halves away from zero; every null pattern; faults become null
SET on_error = 'null';
SELECT row, CAST(i AS decimal(9,1)) AS i_9_1,
       CAST(i AS decimal(38,12)) AS i_38_12,
       CAST(i AS decimal(20,0)) AS i_20_0,
       CAST(l AS decimal(9,1)) AS l_9_1,
       CAST(l AS decimal(38,12)) AS l_38_12,
       CAST(l AS decimal(20,0)) AS l_20_0,
       CAST(x AS decimal(9,1)) AS x_9_1,
       CAST(x AS decimal(38,12)) AS x_38_12,
       CAST(x AS decimal(20,0)) AS x_20_0,
       CAST(d AS decimal(9,1)) AS d_9_1,
       CAST(d AS decimal(38,12)) AS d_38_12,
       CAST(d AS decimal(20,0)) AS d_20_0,
       CAST(e AS decimal(9,1)) AS e_9_1,
       CAST(e AS decimal(38,12)) AS e_38_12,
       CAST(e AS decimal(20,0)) AS e_20_0,
       CAST(g AS decimal(9,1)) AS g_9_1,
       CAST(g AS decimal(38,12)) AS g_38_12,
       CAST(g AS decimal(20,0)) AS g_20_0,
       CAST(n AS decimal(9,1)) AS n_9_1,
       CAST(n AS decimal(38,12)) AS n_38_12,
       CAST(n AS decimal(20,0)) AS n_20_0
FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)', 'g': 'decimal(38,0)'});
