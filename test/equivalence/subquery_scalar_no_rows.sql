-- A scalar subquery beside no rows
SELECT range + (SELECT max(id) FROM 'test/data/customers.csv') AS x FROM range(0);
