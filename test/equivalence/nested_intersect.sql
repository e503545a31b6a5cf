-- Structs that both inputs have
SELECT {'a': a, 'k': k} AS v FROM 'test/data/edges.csv' WHERE row < 70 INTERSECT SELECT {'a': b, 'k': k} FROM 'test/data/edges.csv' WHERE row > 60;
