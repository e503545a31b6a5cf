-- Groups by lists, with nulls inside and out
SELECT CASE WHEN a THEN [k, NULL] WHEN b THEN [] END AS key, count(*) AS n, sum(i) AS total FROM 'test/data/edges.csv' GROUP BY key;
