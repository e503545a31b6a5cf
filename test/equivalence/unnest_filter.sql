-- Elements that are filtered, and rows before them
SELECT row, e FROM (SELECT row, unnest(range(k * 3)) AS e FROM 'test/data/edges.csv' WHERE a) WHERE e % 2 = 0 AND row > 10;
