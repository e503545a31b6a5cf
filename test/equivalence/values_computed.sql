-- VALUES of computed rows
VALUES (1 + 1, 'a' || 'b'), (2 * 2, upper('c')), ((SELECT max(id) FROM 'test/data/customers.csv'), NULL);
