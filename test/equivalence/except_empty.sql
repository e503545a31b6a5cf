-- EXCEPT and INTERSECT with nothing on a side
SELECT range AS x FROM range(3) EXCEPT (SELECT range FROM range(0)) EXCEPT ALL SELECT range FROM range(0) UNION ALL (SELECT range FROM range(0) INTERSECT ALL SELECT 1);
