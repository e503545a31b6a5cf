-- Aggregates that keep rows, over no rows
SELECT first(i) AS f, string_agg(s) AS g, median(x) AS m, count(DISTINCT s) AS c, sum(i) AS t FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'}) WHERE i > 1 AND i < 1;
