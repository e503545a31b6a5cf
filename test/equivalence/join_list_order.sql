-- A text of rows over a join has the order of the join's rows, whichever side is built
SELECT string_agg(CAST(b.y AS varchar)) AS l, first(b.y) AS f, last(a.x) AS g FROM (SELECT range AS x, range % 3 AS k FROM range(5)) a JOIN (SELECT range AS y, range % 3 AS k FROM range(50)) b ON a.k = b.k;
