-- No list has an element
SELECT row, unnest(CASE WHEN a AND NOT a THEN [k] END) AS e, s FROM 'test/data/edges.csv';
