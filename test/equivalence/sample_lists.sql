-- An expanding input
SELECT t.a, u.x FROM (SELECT range AS a, [1, 2, 3] AS l FROM range(700)) t, unnest(t.l) AS u(x) WHERE t.a > 10 USING SAMPLE reservoir (5%);
