-- A filter above a faulting column, and one below it
SELECT x, y FROM (SELECT range AS x, 100 // (range % 10) AS y FROM range(90) WHERE range % 10 <> 0) t WHERE y > 20;
