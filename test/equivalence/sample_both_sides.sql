-- Samples of both sides of a join, and of a full one with rows that nobody matched
SELECT * FROM (SELECT o.id, c.name FROM 'test/data/orders.csv' o TABLESAMPLE 20 ROWS FULL JOIN 'test/data/customers.csv' c TABLESAMPLE bernoulli (70) ON o.customer = c.id) t TABLESAMPLE reservoir (12) REPEATABLE (9);
