-- Rows compare value by value
SELECT x, y, (x, y) = (1, 2) AS eq, (x, y) <> (1, 2) AS ne, (x, y) < (1, 2) AS lt, (x, y) >= (1, 2) AS ge, (x, y) IN ((1, 2), (3, NULL)) AS found FROM (VALUES (1, 1), (1, 2), (1, 3), (1, NULL), (0, NULL), (2, NULL), (3, 4), (NULL, 2)) v(x, y);
