-- Two lists side by side, the shorter one filled with nulls
SELECT row, unnest([i, j]) AS a, unnest(string_split(s, ' ')) AS b, k FROM 'test/data/edges.csv';
