-- a key that faults is null in each of its sets, and its row counts in all of them
SET on_error = 'null';
SELECT 100 // (customer - 2) AS share, day, count(*) AS n, grouping(share, day) AS lacks
FROM 'test/data/orders.csv' GROUP BY CUBE (share, day) ORDER BY ALL;
