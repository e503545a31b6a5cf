-- Filters below and above a sample see other rows
SELECT x, y FROM (SELECT range AS x, range * 7 % 13 AS y FROM range(9000) WHERE range % 3 = 0) t TABLESAMPLE 10% (bernoulli, 1) WHERE y > 6 AND x > 100;
