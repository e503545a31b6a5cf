-- Elements of elements, and a condition on them
SELECT o.id, v.y FROM 'test/data/orders.csv' o, unnest([[o.id], [o.id, o.customer]]) AS u(x) JOIN unnest(u.x) AS v(y) ON v.y > 3 WHERE o.id < 50;
