-- Lists of numbers that count up or down; every null pattern
SELECT row, range(k) AS c0,
       range(k, 8) AS c1,
       range(10, k, -3) AS c2,
       generate_series(k) AS c3,
       generate_series(k, 6, k + 1) AS c4,
       generate_series(6, -k, -2) AS c5,
       range(l, 5) IS NULL AS c6,
       list_sort(list_reverse(generate_series(1, k)))[-1] AS c7,
       range(9223372036854775805, 9223372036854775807, k + 1) AS c8
FROM 'test/data/edges.csv' WHERE l > -10 OR l IS NULL;
