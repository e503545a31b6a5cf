-- keys that come with codes of small dictionaries, behind a filter and beside nulls
SELECT k, t, b, count(*) AS n, sum(d) AS total, min(s) AS least FROM 'test/data/edges.csv' WHERE g IS NOT NULL OR e > 0 GROUP BY k, t, b;
