-- A anti join with nothing on the left
SELECT e.x FROM 'test/data/empty.csv' e ANTI JOIN 'test/data/customers.csv' c ON e.i = c.id;
