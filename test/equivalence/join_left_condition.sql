-- A left join whose further condition decides about matches
-- set aside: the engine has no left join with a condition beside equalities
SELECT o.id, c.name FROM 'test/data/orders.csv' o LEFT JOIN 'test/data/customers.csv' c ON o.customer = c.id AND o.total > 250;
