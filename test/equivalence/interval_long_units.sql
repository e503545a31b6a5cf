-- decades, centuries and millennia; those that no interval holds become null
SET on_error = 'null';
SELECT row, to_decades(k) AS c0, to_centuries(j) AS c1, to_millennia(i) AS c2, t + to_decades(k - 2) AS c3 FROM 'test/data/edges.csv';
