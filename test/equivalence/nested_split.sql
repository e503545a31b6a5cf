-- Text in parts and together again; every null pattern
SELECT row, string_split(s, ' ') AS c0,
       string_split(s, 'a') AS c1,
       string_split(n, '.')[1] AS c2,
       array_to_string(string_split(r, 'b'), 'ab') AS c3,
       len(string_split(s, 'i')) AS c4,
       string_split(coalesce(s, 'none') || 'x', '') AS c5,
       string_split(s, r || '.') AS c6
FROM 'test/data/edges.csv';
