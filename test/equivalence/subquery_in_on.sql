-- Subqueries in ON
SELECT o.id, c.name FROM 'test/data/orders.csv' o LEFT JOIN 'test/data/customers.csv' c ON o.customer = c.id AND c.id IN (SELECT range FROM range(5)) AND o.total > (SELECT (min(total) + max(total)) / 2 FROM 'test/data/orders.csv');
