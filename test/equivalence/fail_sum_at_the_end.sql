-- A decimal sum overflows only at the end
-- error: overflow
SELECT sum(g) AS c0 FROM (SELECT CAST('99999999999999999999999999999999999999' AS decimal(38,0)) AS g FROM range(3)) t;
