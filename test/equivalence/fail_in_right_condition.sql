-- A right join in which a pair faults
-- error: division by zero
SELECT a.row, b.row AS other FROM 'test/data/edges.csv' a RIGHT JOIN 'test/data/edges.csv' b ON a.a = b.a AND a.i // (b.row - 100) > -5;
