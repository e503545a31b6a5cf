-- A left join whose condition compares both sides beside the equality; matches of one row span many batches of pairs
SELECT a.v, b.v AS w, a.x, b.x AS y FROM 'test/data/skewed.csv' a LEFT JOIN 'test/data/skewed.csv' b ON a.k = b.k AND a.v + b.v > 300 AND b.x < a.x AND b.v % 10 = a.v % 3;
