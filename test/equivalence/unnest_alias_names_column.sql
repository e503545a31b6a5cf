-- The one column of a table function is named as the table is, and is still found by the function's name
SELECT r + s AS total, e, u.unnest AS same FROM range(3) r JOIN generate_series(1, 3) s ON r.range < s, unnest([r, s, NULL]) e, unnest([e]) u;
