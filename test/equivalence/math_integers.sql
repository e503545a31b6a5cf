-- bits, divisors, factorials, remainders of decimals and floats, classes of floats; faults become null
SET on_error = 'null';
SELECT row, xor(i, j) AS c0, xor(l, m) AS c1, bit_count(i) AS c2, bit_count(l) AS c3, gcd(i, j) AS c4, lcm(l, m) AS c5,
       factorial(CAST(i AS int)) AS c6, factorial(CAST(abs(j % 35) AS int)) AS c7, x % y AS c8, d % 7 AS c9, e % d AS c10, fmod(x, j) AS c11,
       fdiv(i, j) AS c12, isnan(x) AS c13, isinf(y) AS c14, isfinite(x) AS c15, signbit(y) AS c16, nextafter(x, y) AS c17,
       mod(g, 12345) AS c18, fmod(y, x) AS c19
FROM 'test/data/edges.csv';
