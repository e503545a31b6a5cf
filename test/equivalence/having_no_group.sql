-- HAVING over one group that it removes
SELECT count(*) AS n FROM range(10) HAVING sum(range) > 100;
