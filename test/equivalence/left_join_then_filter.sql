-- A filter above a left join that sees its nulls
SELECT o.id FROM 'test/data/orders.csv' o LEFT JOIN 'test/data/customers.csv' c ON o.customer = c.id WHERE c.name IS NULL OR c.city = 'Ulm';
