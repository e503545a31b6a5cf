-- Rows IN a subquery
SELECT id, (customer, id % 3) IN (SELECT id, id % 3 FROM 'test/data/customers.csv') AS found FROM 'test/data/orders.csv';
