-- A semi join whose further conditions look at one side alone
SELECT o.id FROM 'test/data/orders.csv' o SEMI JOIN 'test/data/customers.csv' c ON o.customer = c.id AND o.total > 250 AND c.name < 'D';
