-- A filter that is false for all rows
SELECT range, 1 // range AS y FROM range(10) WHERE 1 = 2;
