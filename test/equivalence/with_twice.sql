-- A WITH query used twice
WITH big AS (SELECT id, customer, total FROM 'test/data/orders.csv' WHERE total > 200) SELECT a.id AS first, b.id AS second FROM big a JOIN big b ON a.customer = b.customer AND a.id < b.id;
