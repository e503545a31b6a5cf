-- A range's DISTINCT under a limit, a sort and first
SELECT * FROM (SELECT DISTINCT range AS n FROM range(50)) t WHERE n % 3 > 0 LIMIT 7;
