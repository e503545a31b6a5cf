-- A left join whose condition faults on a pair
-- error: division by zero
SELECT a.v, b.v AS w FROM 'test/data/skewed.csv' a LEFT JOIN 'test/data/skewed.csv' b ON a.k = b.k AND 100 // (a.v - b.v - 100) > 0;
