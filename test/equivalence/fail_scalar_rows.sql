-- A scalar subquery of several rows
-- error: more than one row
SELECT (SELECT id FROM 'test/data/customers.csv') AS x;
