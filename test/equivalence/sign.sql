-- sign of every type of number: zeros, NaN, infinities, the edges of each type; every null pattern
SELECT row, sign(i) AS c0,
       sign(l) AS c1,
       sign(x) AS c2,
       sign(d) AS c3,
       sign(g) AS c4,
       sign(j) * abs(x) AS c5
FROM read_csv('test/data/edges.csv', types = {'d': 'decimal(12,2)', 'e': 'decimal(38,10)', 'g': 'decimal(38,0)'});
