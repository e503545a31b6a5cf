-- DISTINCT ON: the first of each in the order
SELECT DISTINCT ON (customer) customer, id, total FROM 'test/data/orders.csv' ORDER BY customer, total DESC, id;
