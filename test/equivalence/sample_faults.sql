-- A sample reads every row of its input: also those that it does not take fault
-- error: division by zero
SELECT 10 // y AS q FROM (SELECT range - 777 AS y, 10 // (range - 777) AS z FROM range(1000)) t TABLESAMPLE 5 ROWS WHERE z > 0;
