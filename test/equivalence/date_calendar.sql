-- parts, beginnings and distances of dates and timestamps, before and after 1970; every null pattern; faults become null
SET on_error = 'null';
SELECT row, quarter(t) AS c0, decade(t) AS c1, century(p) AS c2, millennium(p) AS c3, era(t) AS c4, week(t) AS c5, isoyear(p) AS c6,
       yearweek(t) AS c7, dayofweek(p) AS c8, isodow(t) AS c9, dayofyear(p) AS c10, last_day(t) AS c11, second(p) AS c12,
       millisecond(q) AS c13, microsecond(p) AS c14, epoch(p) AS c15, epoch_ms(q) AS c16, date_trunc('month', p) AS c17,
       date_trunc('week', t) AS c18, date_trunc('century', q) AS c19, date_trunc('hour', p) AS c20, date_trunc('isoyear', t) AS c21,
       date_diff('month', t, u) AS c22, date_diff('week', p, q) AS c23, date_sub('month', p, q) AS c24, date_sub('day', q, p) AS c25,
       date_sub('year', t, u) AS c26, date_diff('second', p, q) AS c27, extract(dow FROM t) AS c28, date_part('epoch', p) AS c29,
       make_date(i, j, k) AS c30, make_date(year(t), month(u), day(t)) AS c31
FROM 'test/data/edges.csv';
