-- The fields of a struct column as columns
SELECT s.*, id FROM (SELECT id, {'customer': customer, 'total': total} AS s FROM 'test/data/orders.csv') WHERE id < 20;
