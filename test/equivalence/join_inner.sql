-- Inner join with several matches and none
SELECT o.id, c.name, o.total FROM 'test/data/orders.csv' o JOIN 'test/data/customers.csv' c ON o.customer = c.id;
