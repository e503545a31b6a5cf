-- A left join whose condition would fault on rows that have no pair
SELECT o.id, c.name FROM 'test/data/orders.csv' o LEFT JOIN 'test/data/customers.csv' c ON o.id = c.id AND 100 // (o.id - 13) < c.id;
