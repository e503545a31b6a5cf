-- A anti join that keeps one of thousands of pairs
SELECT a.range AS a FROM range(7) a ANTI JOIN range(3000) b ON a.range % 3 = b.range % 3 AND a.range * 500 = b.range;
