-- Float sums are exact, then rounded once: cancellation over 600 binary orders
SELECT k, sum(x) AS s, avg(x) AS a, count(*) AS n FROM read_csv('test/data/sums.csv', types = {'x': 'double'}) GROUP BY k;
