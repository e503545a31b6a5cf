-- The same without keys
SELECT bool_and(b) AS ab, bool_or(b) AS ob, count_if(b) AS cb, bit_and(i) AS ai, bit_or(l) AS ol, bit_xor(i) AS xi FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'});
