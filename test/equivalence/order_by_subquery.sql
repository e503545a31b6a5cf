-- ORDER BY over a set operation and a subquery
SELECT id FROM 'test/data/customers.csv' UNION SELECT range FROM range(20) ORDER BY id DESC LIMIT 3 + 2 OFFSET 1;
