-- Dates and timestamps compared with moved ones
SELECT row, t, p FROM 'test/data/edges.csv' WHERE t < DATE '2000-01-01' + INTERVAL 3 MONTH AND p >= DATE '1900-01-01' - INTERVAL 1 DAY AND t <> DATE '2000-02-28' + INTERVAL 1 DAY AND (u > t + to_days(k) OR q <= p + INTERVAL '100 years');
