-- Every NaN has the same bits, however it came about: computed at run time, folded, read from text
SELECT range, CAST('inf' AS double) * (range - 2) AS a, -(CAST('nan' AS double) + range) AS b, CAST('inf' AS double) - CAST('inf' AS double) AS c, CAST(CASE WHEN range = 4 THEN 'nan' ELSE '1' END AS double) AS d, nullif(CAST('inf' AS double) * (range - 2), 0) AS e FROM range(6);
