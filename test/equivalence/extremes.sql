-- The n greatest and least values, and what goes with them
SELECT customer, max(id, 3) AS most, min(id, 2) AS least, arg_max(total, id, 2) AS a, arg_min(total, id, 2) FILTER (WHERE total > 300) AS b FROM 'test/data/orders.csv' GROUP BY customer;
