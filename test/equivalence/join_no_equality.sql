-- A join without an equality
SELECT a.range AS x, b.range AS y FROM range(20) a JOIN range(20) b ON a.range * 3 < b.range;
