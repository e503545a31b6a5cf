-- VALUES: types of all rows meet
SELECT a, b, c, d + 1 AS e FROM (VALUES (1, 'x', NULL, 1), (2.5, NULL, DATE '2024-01-31', 3000000000), (NULL, 'it''s', '2024-02-29', NULL)) v(a, b, c, d);
