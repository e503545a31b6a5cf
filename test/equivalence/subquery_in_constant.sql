-- A constant IN a subquery
SELECT range, 3 IN (SELECT id FROM 'test/data/customers.csv') AS three, NULL IN (SELECT id FROM 'test/data/customers.csv') AS nothing FROM range(3);
