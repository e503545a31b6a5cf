-- A share of each 100,000 rows, to the row
SELECT count(*) AS n, sum(x) AS s, min(x) AS least, max(x) AS most, bit_xor(x) AS bits FROM (SELECT range AS x FROM range(230007) TABLESAMPLE reservoir (12.5%)) t;
