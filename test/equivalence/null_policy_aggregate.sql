-- Policy null: a faulting argument is skipped, a faulting sum is null
SET on_error = 'null';
SELECT k, count(i * j) AS n, sum(i * j) AS s, sum(g) AS big, avg(i // j) AS a, count(*) AS rows FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'j': 'int32', 'g': 'decimal(38,0)'}) GROUP BY k;
