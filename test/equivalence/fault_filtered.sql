-- Rows that a filter removed do not fault
SELECT range, 10 // range AS y FROM range(100) WHERE range > 0;
