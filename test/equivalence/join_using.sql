-- USING: the column appears once
SELECT * FROM (SELECT range AS k, range * 10 AS v FROM range(10)) a JOIN (SELECT range * 2 AS k, 'r' || range AS w FROM range(10)) b USING (k);
