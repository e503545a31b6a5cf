-- * EXCLUDE, REPLACE, RENAME and LIKE
SELECT c.* EXCLUDE (city) REPLACE (upper(name) AS name) RENAME (id AS number), o.* LIKE 't%' FROM 'test/data/customers.csv' c JOIN 'test/data/orders.csv' o ON o.customer = c.id;
