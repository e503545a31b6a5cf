-- parts of texts and texts made of others; every null pattern; faults become null
SET on_error = 'null';
SELECT row, left(s, i % 5) AS c0, right(s, j % 5) AS c1, trim(s) AS c2, trim(s, r) AS c3, ltrim(s, 'a ') AS c4, rtrim(r, s) AS c5,
       lpad(s, i % 20, r) AS c6, rpad(s, j % 20, 'ß-') AS c7, replace(s, 'a', r) AS c8, replace(s, r, 'xyz') AS c9,
       translate(s, 'aä日', 'b') AS c10, split_part(s, ' ', i % 4) AS c11, split_part(s, r, j % 3) AS c12, repeat(s, i % 4) AS c13,
       ends_with(s, r) AS c14, contains(s, r) AS c15, strpos(s, r) AS c16, strlen(s) AS c17, bit_length(r) AS c18,
       concat(s, i, d, NULL, x) AS c19, concat_ws(r, s, i, t) AS c20, concat_ws(', ', s, r) AS c21, s || NULL AS c22
FROM 'test/data/edges.csv';
