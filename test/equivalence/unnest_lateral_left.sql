-- LEFT JOIN with the elements of a list keeps rows without any
SELECT o.id, u.x FROM 'test/data/orders.csv' o LEFT JOIN unnest(range(o.id % 3)) AS u(x) ON true WHERE o.id < 50;
