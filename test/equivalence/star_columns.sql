-- * and t.*
SELECT c.*, o.* FROM 'test/data/customers.csv' c JOIN 'test/data/orders.csv' o ON o.customer = c.id WHERE o.id < 10;
