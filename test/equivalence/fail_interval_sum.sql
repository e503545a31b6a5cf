-- Policy fail: more months than an interval holds
-- error: out of range
SELECT row, to_months(2147483647) + to_months(k) AS c0 FROM 'test/data/edges.csv';
