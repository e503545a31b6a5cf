-- A column that faults on a row without elements is not read
SELECT row, unnest(CASE WHEN k > 0 THEN [k] END) AS e, 10 // k AS d FROM 'test/data/edges.csv';
