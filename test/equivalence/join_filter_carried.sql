-- What the filter below a join computes is read above it, grouped
SELECT yearweek(a.t) AS week, count(*) AS n, max(yearweek(a.t) + b.row) AS most FROM 'test/data/edges.csv' a JOIN 'test/data/edges.csv' b ON a.row = b.row WHERE yearweek(a.t) % 2 = 0 GROUP BY 1;
