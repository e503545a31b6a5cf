-- ORDER BY floats: -0 ties with +0, NaN after infinity, nulls last; ties in input order
SELECT row, x FROM 'test/data/edges.csv' ORDER BY x;
