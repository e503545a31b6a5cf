-- Rows in the order of lists; ties keep the order of the input
SELECT row, k, b FROM 'test/data/edges.csv' ORDER BY [k, NULL], CASE WHEN a THEN [b] END;
