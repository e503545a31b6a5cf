-- A left join whose condition faults: null, so no match
SET on_error = 'null';
SELECT a.v, b.v AS w FROM 'test/data/skewed.csv' a LEFT JOIN 'test/data/skewed.csv' b ON a.k = b.k AND 100 // (a.v - b.v - 100) > 40;
