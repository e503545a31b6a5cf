-- A cross product
SELECT a.range AS x, c.name FROM range(7) a, 'test/data/customers.csv' c;
