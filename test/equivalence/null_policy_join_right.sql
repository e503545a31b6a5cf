-- Under the policy null a pair whose condition faults does not match
SET on_error = 'null'; SELECT a.row, b.row AS other FROM 'test/data/edges.csv' a RIGHT JOIN 'test/data/edges.csv' b ON a.a = b.a AND a.i // (b.row - 100) > 100;
