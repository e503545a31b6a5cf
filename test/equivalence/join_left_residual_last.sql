-- A left join where only the first or the last pair of a row may match, however many lie between
SELECT a.v, b.v AS w FROM 'test/data/skewed.csv' a LEFT JOIN 'test/data/skewed.csv' b ON a.k = b.k AND (a.v % 2 = 0 AND b.v = 0 OR a.v % 3 = 0 AND b.v > 247);
