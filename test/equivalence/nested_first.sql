-- Aggregates that choose among nested values
SELECT k, first([i, j] ORDER BY row) AS a, last({'s': s} ORDER BY row) AS b, any_value(CASE WHEN a THEN [k] END ORDER BY row) AS c, arg_max([s], row) AS d FROM 'test/data/edges.csv' GROUP BY k;
