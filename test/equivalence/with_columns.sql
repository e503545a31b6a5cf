-- WITH: several queries, column names, MATERIALIZED
WITH a(x, y) AS MATERIALIZED (SELECT range, range * range FROM range(10)), b AS NOT MATERIALIZED (SELECT x FROM a WHERE y > 20) SELECT a.x, y FROM a WHERE x IN (FROM b);
