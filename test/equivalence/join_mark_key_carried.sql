-- A key of a mark join and its mark are read together
SELECT row, yearweek(t) AS week, yearweek(t) IN (SELECT yearweek(u) FROM 'test/data/edges.csv' WHERE row < 30) AS found FROM 'test/data/edges.csv';
