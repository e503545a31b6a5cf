-- USING SAMPLE of a join, in front of WHERE and groups
SELECT o.customer, count(*) AS n, list(o.id) AS ids FROM 'test/data/orders.csv' o JOIN 'test/data/customers.csv' c ON o.customer = c.id WHERE o.id % 2 = 0 GROUP BY o.customer USING SAMPLE 60% (bernoulli);
