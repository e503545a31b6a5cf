-- Elements of two inputs
SELECT unnest([k]) AS e FROM 'test/data/edges.csv' UNION ALL SELECT unnest(range(row % 3)) FROM 'test/data/edges.csv';
