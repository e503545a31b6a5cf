-- A cross product
-- set aside: the engine has no join without an equality
SELECT a.range AS x, c.name FROM range(7) a, 'test/data/customers.csv' c;
