-- Lists that are null or empty give no row
SELECT row, unnest(CASE WHEN a THEN [k] WHEN b THEN [] END) AS e FROM 'test/data/edges.csv';
