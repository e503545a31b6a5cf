-- Filters above a join that may move below it
SELECT o.id, c.name FROM 'test/data/orders.csv' o JOIN 'test/data/customers.csv' c ON o.customer = c.id WHERE o.total > 50 AND c.city = 'Bonn' AND length(c.name) + o.id > 10;
