-- sets without keys have a group each even over no rows, the others have none
SELECT customer, day, count(*) AS n, count(total) AS totals, sum(total) AS sum_total, list(id) AS ids, grouping(customer, day) AS lacks
FROM 'test/data/orders.csv' WHERE id < 0 GROUP BY GROUPING SETS (CUBE (customer, day), ()) ORDER BY ALL;
