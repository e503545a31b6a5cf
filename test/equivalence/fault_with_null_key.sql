-- A condition of a join that would fault where the key is null: such a row meets nothing
SELECT e.row, c.range AS other FROM (SELECT row, j FROM 'test/data/edges.csv' WHERE j <> 0 OR j IS NULL) e LEFT JOIN range(-3, 9) c ON e.j = c.range AND 10 // c.range > 0;
