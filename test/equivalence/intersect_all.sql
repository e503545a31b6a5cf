-- INTERSECT ALL: as often as both have it
SELECT range % 5 AS x FROM range(23) INTERSECT ALL SELECT range % 7 FROM range(16);
