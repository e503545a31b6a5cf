-- unnest in FROM of a column to its left
SELECT o.id, u.x FROM 'test/data/orders.csv' o, unnest([o.id, NULL, o.customer + 1]) AS u(x) WHERE o.id < 50;
