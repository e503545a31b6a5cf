-- Joins without parentheses, and in parentheses with a name
SELECT j.id, j.name, r.range FROM range(5) r JOIN ('test/data/orders.csv' o JOIN 'test/data/customers.csv' c ON o.customer = c.id) AS j(id, customer, total, day, number, name, city) ON r.range = j.number;
