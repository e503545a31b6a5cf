-- EXCEPT ALL: as often as the left has it more
SELECT range % 5 AS x, NULL AS y FROM range(23) EXCEPT ALL SELECT range % 7, NULL FROM range(16);
