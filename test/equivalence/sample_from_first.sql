-- FROM without SELECT
FROM 'test/data/customers.csv' USING SAMPLE 3;
