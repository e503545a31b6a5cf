-- The build side of a semi and an anti join need not be distinct
CREATE TABLE numbers AS SELECT range * 3 // 4 AS n FROM range(120);
SELECT row, k IN (SELECT DISTINCT range FROM range(3)) AS is_in FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'}) WHERE row IN (SELECT DISTINCT range FROM range(100)) AND l NOT IN (SELECT DISTINCT n FROM numbers WHERE n > 3) AND i NOT IN (SELECT DISTINCT range * 2 AS r FROM range(20) WHERE range > 1) ORDER BY row;
