-- An empty side: inner, left
SELECT c.id, e.s FROM 'test/data/customers.csv' c LEFT JOIN 'test/data/empty.csv' e ON c.name = e.s;
