-- TRY_CAST does not hide what its argument fails with
-- error: overflow
SELECT TRY_CAST(l + 9223372036854775807 AS integer) AS c FROM 'test/data/edges.csv';
