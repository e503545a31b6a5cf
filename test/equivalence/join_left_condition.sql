-- A left join whose further condition, over the left side alone, decides about matches
SELECT o.id, c.name FROM 'test/data/orders.csv' o LEFT JOIN 'test/data/customers.csv' c ON o.customer = c.id AND o.total > 250;
