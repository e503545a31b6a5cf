-- Elements of a list that an aggregate made, in a subquery
SELECT row, k FROM 'test/data/edges.csv' WHERE row IN (SELECT unnest(l) + 1 FROM (SELECT list(row) AS l FROM 'test/data/edges.csv' WHERE a));
