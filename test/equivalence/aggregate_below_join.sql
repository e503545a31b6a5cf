-- Groups over a join of the side that they aggregate, whose keys match several rows, one or none
CREATE TABLE facts AS SELECT range % 37 AS k, CASE WHEN range % 5 > 0 THEN range % 1000 - 300 END AS v, CAST(range % 7 AS decimal(12,2)) AS d, CAST(range % 700 AS varchar) AS s FROM range(3000);
CREATE TABLE names AS SELECT range % 40 AS k, 'name ' || range AS name FROM range(60);
SELECT n.k, name, count(*) AS n, count(v) AS values, sum(v) AS total, sum(d) AS amount, min(s) AS least, bit_xor(v) AS bits, bool_or(v > 690) AS some FROM names n JOIN facts f ON n.k = f.k GROUP BY n.k, name;
