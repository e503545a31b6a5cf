-- The n greatest values of all rows, and of none
SELECT max(id, 3) AS most, max(id, 3) FILTER (WHERE id < 0) AS none FROM 'test/data/orders.csv';
