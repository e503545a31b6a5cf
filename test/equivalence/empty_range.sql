-- range of nothing, sorted and limited
SELECT range * 2 AS x FROM range(5, 5) ORDER BY x DESC LIMIT 3;
