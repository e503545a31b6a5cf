-- Lists that a CSV file holds as text
SELECT row, CAST(l AS integer[]) AS l, CAST(w AS varchar[]) AS w, CAST(ll AS integer[][]) AS ll, CAST(l AS bigint[])[2] AS second FROM 'test/data/nested.csv';
