-- Quantiles of several shares
SELECT customer, quantile_cont(total, [0, 0.3, 1]) AS c, quantile_disc(total, [0.5, 0.9]) AS d FROM 'test/data/orders.csv' GROUP BY customer;
