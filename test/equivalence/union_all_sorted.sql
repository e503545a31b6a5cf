-- ORDER BY and LIMIT over UNION ALL
SELECT id AS x FROM 'test/data/customers.csv' UNION ALL SELECT id FROM 'test/data/orders.csv' ORDER BY x DESC NULLS FIRST LIMIT 12;
