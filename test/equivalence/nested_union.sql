-- Lists of two inputs, one after the other
SELECT row, [i] AS l FROM 'test/data/edges.csv' UNION ALL SELECT row, [j, NULL] FROM 'test/data/edges.csv' UNION ALL SELECT 0, NULL;
