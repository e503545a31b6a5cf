-- TABLESAMPLE system: whole blocks of 2,048 rows
SELECT range AS x FROM range(20000) TABLESAMPLE 35% (system, 2);
