-- A list as a table, joined with another
SELECT u.x, o.total FROM unnest([3, 1, NULL, 4, 1]) AS u(x) LEFT JOIN 'test/data/orders.csv' o ON o.id = u.x;
