-- The rows of a join that multiplies, through vectors of any size
SELECT a.v AS left_v, b.v AS right_v FROM 'test/data/skewed.csv' a JOIN 'test/data/skewed.csv' b ON a.k = b.k WHERE a.v < 20 AND b.v % 3 = 0;
