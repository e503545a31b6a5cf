-- COLUMNS: the expression once a column
SELECT max(COLUMNS(* EXCLUDE day)), count(*) AS n FROM 'test/data/orders.csv';
