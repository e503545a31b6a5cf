-- numbers and digits of texts, and how alike they are; every null pattern; faults become null
SET on_error = 'null';
SELECT row, ascii(s) AS c0, unicode(r) AS c1, chr(CAST(i AS int)) AS c2, chr(CAST(abs(j % 70000) AS int)) AS c3, hex(s) AS c4, hex(l) AS c5, bin(s) AS c6, bin(i) AS c7,
       to_base(l, 36) AS c8, to_base(i, j % 40, 8) AS c9, levenshtein(s, r) AS c10, hamming(s, r) AS c11, jaccard(s, r) AS c12,
       regexp_matches(s, '[a-z]+') AS c13, regexp_full_match(r, '[a-z]*') AS c14, regexp_extract(s, '([a-z])([a-z]+)', 2) AS c15,
       regexp_replace(s, 'a', '<a>') AS c16, regexp_replace(s, '[a-e]', '-', 'g') AS c17
FROM 'test/data/edges.csv';
