-- ORDER BY decimals; ties in input order
SELECT row, d FROM read_csv('test/data/edges.csv', types = {'d': 'decimal(12,2)'}) ORDER BY d;
