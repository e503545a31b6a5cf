-- GROUPING SETS: the groups of each set, nulls for the keys that it lacks, GROUPING tells them from nulls of the data
SELECT customer, day, grouping(customer, day) AS lacks, count(*) AS n, sum(total) AS sum_total, count(DISTINCT customer) AS customers
FROM 'test/data/orders.csv' GROUP BY GROUPING SETS ((customer), (day, customer), (day), ()) ORDER BY ALL;
