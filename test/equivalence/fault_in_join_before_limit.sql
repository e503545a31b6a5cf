-- A limit behind a left join whose condition faults on a pair of a row within the limit
-- error: division by zero
SELECT o.id, c.name FROM 'test/data/orders.csv' o LEFT JOIN 'test/data/customers.csv' c ON o.customer = c.id AND 100 // (o.id - 5) < c.id LIMIT 30;
