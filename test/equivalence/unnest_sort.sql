-- Elements in order, by themselves and by a column that is not shown
SELECT unnest([k, row, NULL]) AS e FROM 'test/data/edges.csv' ORDER BY e DESC NULLS LAST, row;
