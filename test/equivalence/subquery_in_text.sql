-- IN of text and of dates
SELECT name, city IN (SELECT city FROM 'test/data/customers.csv' WHERE id < 4) AS early FROM 'test/data/customers.csv';
