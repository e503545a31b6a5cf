-- transcendental functions: all are the nearest doubles, so that the reference gives the same bits; every null pattern
SET on_error = 'null';
SELECT row, sqrt(x) AS c0, cbrt(x) AS c1, exp(x) AS c2, exp(i) AS c3, ln(x) AS c4, log2(x) AS c5, log10(x) AS c6,
       log(j, x) AS c7, pow(x, 0.5) AS c8, pow(j + 0.25, i % 10) AS c9, sin(x) AS c10, cos(x) AS c11, tan(x) AS c12, cot(y) AS c13,
       asin(x / 1e19) AS c14, acos(i / 10) AS c15, atan(x) AS c16, atan2(x, y) AS c17, sinh(i % 700) AS c18,
       cosh(x / 1e17) AS c19, tanh(x) AS c20, asinh(x) AS c21, acosh(y) AS c22, atanh(x / 1e19) AS c23,
       degrees(i) AS c24, radians(j) AS c25, gamma(i % 170 + 0.25) AS c26, lgamma(abs(j % 1000) + 0.5) AS c27,
       sin(l) AS c28, ln(m) AS c29
FROM 'test/data/edges.csv';
