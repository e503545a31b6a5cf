-- A sample keeps the order of ORDER BY
SELECT v, k FROM (SELECT v, k FROM 'test/data/skewed.csv' ORDER BY v DESC, k) t TABLESAMPLE 25 ROWS;
