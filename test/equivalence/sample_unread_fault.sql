-- What nobody reads above a sample does not fault
SELECT x FROM (SELECT range AS x, 10 // (range - 777) AS z FROM range(1000)) t TABLESAMPLE 5 ROWS;
