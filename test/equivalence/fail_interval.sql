-- Policy fail: a date moved out of the calendar
-- error: out of range
SELECT row, t + INTERVAL '300000 years' AS c0 FROM 'test/data/edges.csv';
