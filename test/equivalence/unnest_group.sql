-- Groups of elements
SELECT word, count(*) AS n, min(row) AS first FROM (SELECT row, unnest(string_split(s, ' ')) AS word FROM 'test/data/edges.csv') GROUP BY word;
