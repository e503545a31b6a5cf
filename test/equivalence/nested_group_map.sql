-- Groups by maps; a group's greatest list
SELECT MAP {k % 2: b} AS key, max([j, i]) AS most, min({'s': s, 'k': k}) AS least, count(DISTINCT [k, NULL]) AS kinds FROM 'test/data/edges.csv' WHERE k IS NOT NULL GROUP BY key;
