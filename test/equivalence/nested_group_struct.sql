-- Groups by structs and text in parts
SELECT {'b': b, 'k': k} AS key, string_split(s, ' ')[1:2] AS words, count(*) AS n FROM 'test/data/edges.csv' GROUP BY ALL;
