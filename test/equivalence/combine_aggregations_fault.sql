-- A value faults in the rows of its own filter alone
SELECT (SELECT sum(10 // range) FROM range(100) WHERE range > 0) AS shares, (SELECT count(*) FROM range(100) WHERE range < 50) AS low;
