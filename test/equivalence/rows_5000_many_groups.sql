-- Nearly as many groups as rows
SELECT row // 2 AS g, count(*) AS n, sum(x) AS s, max(s) AS m FROM '{build}/test_data/rows_5000.parquet' GROUP BY 1;
