-- Elements inside expressions
SELECT row, unnest([k, k * 2]) + 1 AS a, 'e' || unnest(string_split(r, 'a')) AS b FROM 'test/data/edges.csv';
