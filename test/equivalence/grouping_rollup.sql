-- ROLLUP beside a plain key, of expressions, with HAVING and an aggregate that sees an order
SELECT customer % 2 AS odd, customer % 3 AS third, min(id) AS least, first(id ORDER BY total DESC, id) AS dearest,
       count(*) FILTER (WHERE total > 20) AS dear, grouping(customer % 2, third) + grouping_id(third) AS lacks
FROM 'test/data/orders.csv' GROUP BY customer % 2, ROLLUP (third, day) HAVING count(*) > 1 ORDER BY ALL;
