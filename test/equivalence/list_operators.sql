-- && @> <@ of lists with nulls inside, and of lists that are null
SELECT row, [i, j] && [j, k] AS a, [i, j, k] @> [k, NULL] AS b, [k] <@ [j, k, 2] AS c, CASE WHEN k < 5 THEN [i] END && [i, 1] AS d FROM 'test/data/edges.csv';
