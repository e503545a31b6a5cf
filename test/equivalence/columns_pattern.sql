-- COLUMNS of a regular expression and of names
SELECT max(COLUMNS('^(i|t)')) AS "most \1", count(COLUMNS(['id', 'total'])) FROM 'test/data/orders.csv';
