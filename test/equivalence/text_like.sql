-- LIKE with every kind of pattern; every null pattern; faults become null
SET on_error = 'null';
SELECT row, s LIKE '%' AS c0,
       s LIKE '' AS c1,
       s LIKE 'a%' AS c2,
       s LIKE '%b' AS c3,
       s LIKE '%b%' AS c4,
       s LIKE '_' AS c5,
       s LIKE '__%' AS c6,
       s LIKE 'a_c' AS c7,
       s LIKE '%ï%' AS c8,
       s LIKE '日_語' AS c9,
       s LIKE '%a%t%' AS c10,
       s LIKE 'a text%string' AS c11,
       s NOT LIKE '%x%' AS d0,
       s LIKE r AS d1
FROM 'test/data/edges.csv';
