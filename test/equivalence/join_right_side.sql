-- A right join whose further conditions look at one side alone
SELECT o.id, c.name, c.id AS cid FROM 'test/data/orders.csv' o RIGHT JOIN 'test/data/customers.csv' c ON o.customer = c.id AND o.total > 250 AND c.name < 'D';
