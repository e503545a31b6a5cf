-- A column that nothing reads does not fault
SELECT x FROM (SELECT range AS x, 1 // range AS y FROM range(100)) t;
