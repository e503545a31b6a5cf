-- Under the policy null what may fault is not computed of rows that meet nothing, and faults are null below as above
SET on_error = 'null'; SELECT a.row, 10 // (b.row - 3) AS q, length(b.s) + b.i AS n, yearweek(b.t) AS week FROM 'test/data/edges.csv' a JOIN (SELECT * FROM 'test/data/edges.csv' ORDER BY row LIMIT 10) b ON a.row % 20 = b.row AND length(b.s) = length(b.s);
