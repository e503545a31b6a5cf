-- The same without keys, and of the negated values
SELECT sum(x) AS s, sum(-x) AS t, avg(x) AS a, sum(x * 0.5) AS h FROM read_csv('test/data/sums.csv', types = {'x': 'double'});
