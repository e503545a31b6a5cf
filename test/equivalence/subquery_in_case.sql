-- Subqueries in CASE, BETWEEN and sums
SELECT range, CASE WHEN range IN (SELECT id FROM 'test/data/customers.csv') THEN (SELECT min(total) FROM 'test/data/orders.csv') END AS lowest, range BETWEEN (SELECT 2) AND (SELECT 4) AS middle FROM range(8);
