-- ORDER BY ALL
SELECT city, id FROM 'test/data/customers.csv' ORDER BY ALL DESC NULLS FIRST;
