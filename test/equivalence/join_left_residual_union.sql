-- A left join with a condition over both sides, below and above UNION ALL
SELECT u.v, c.name FROM (SELECT id AS v, total AS t FROM 'test/data/orders.csv' UNION ALL SELECT range, range * 10 FROM range(5)) u LEFT JOIN 'test/data/customers.csv' c ON u.v % 4 = c.id AND u.t > c.id * 100 UNION ALL SELECT range, 'end' FROM range(2);
