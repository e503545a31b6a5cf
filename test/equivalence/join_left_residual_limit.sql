-- A limit behind a left join whose condition faults further on: it is full before the row that faults
SELECT o.id, c.name FROM 'test/data/orders.csv' o LEFT JOIN 'test/data/customers.csv' c ON o.customer = c.id AND 100 // (o.id - 5) < c.id LIMIT 5;
