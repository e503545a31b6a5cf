-- Two left joins with conditions over both sides, the second over what the first may leave null, and a filter behind
SELECT o.id, c.name, d.id AS other, d.city FROM 'test/data/orders.csv' o LEFT JOIN 'test/data/customers.csv' c ON o.customer = c.id AND o.total > c.id * 150 LEFT JOIN 'test/data/customers.csv' d ON d.id = o.id % 5 AND (d.city <> c.city OR c.city IS NULL) WHERE o.id <> 3;
