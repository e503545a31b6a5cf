-- A anti join reads its condition for every pair, also behind a match
-- error: division by zero
SELECT a.row FROM 'test/data/edges.csv' a ANTI JOIN 'test/data/edges.csv' b ON a.a = b.a AND a.i // (b.row - 100) > -5;
