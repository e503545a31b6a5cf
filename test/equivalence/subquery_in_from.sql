-- Subqueries over views of WITH
WITH big AS (SELECT customer, max(total) AS total FROM 'test/data/orders.csv' GROUP BY customer), best(most) AS (SELECT max(total) FROM big) SELECT customer, total = (SELECT most FROM best) AS is_best FROM big;
