-- A semi join with nothing on the left
SELECT e.x FROM 'test/data/empty.csv' e SEMI JOIN 'test/data/customers.csv' c ON e.i = c.id;
