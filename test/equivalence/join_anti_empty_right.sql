-- A anti join with nothing on the right
SELECT o.id FROM 'test/data/orders.csv' o ANTI JOIN 'test/data/empty.csv' e ON o.customer = e.i;
