-- Policy null: a faulting key is a null key
SET on_error = 'null';
SELECT i // j AS q, count(*) AS n FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'j': 'int32'}) GROUP BY 1;
