-- One column several times, and a constant column
SELECT v, v AS v2, 7 AS seven, v + v AS v3 FROM 'test/data/skewed.csv' WHERE k = 7;
