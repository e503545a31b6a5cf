-- IN and NOT IN in WHERE
SELECT id, customer FROM 'test/data/orders.csv' WHERE customer IN (SELECT id FROM 'test/data/customers.csv' WHERE id > 2) AND id NOT IN (SELECT range * 3 FROM range(50));
