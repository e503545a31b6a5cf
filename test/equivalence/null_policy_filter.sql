-- Policy null: a faulting predicate drops the row
SET on_error = 'null';
SELECT row, i, j FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'j': 'int32'}) WHERE i + j > 0;
