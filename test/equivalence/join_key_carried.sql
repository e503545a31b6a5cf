-- What a join's keys compute is read above it
SELECT a.row, length(a.s) AS n, length(b.r) AS m, length(b.r) + 1 AS more, b.row AS other FROM 'test/data/edges.csv' a JOIN 'test/data/edges.csv' b ON length(a.s) = length(b.r) WHERE a.row < 60 AND b.row < 60;
