-- All aggregates of all types, without keys
SET on_error = 'null';
SELECT count(*) AS n, count(i) AS ci, sum(i) AS si, avg(i) AS ai, min(i) AS li, max(i) AS hi, sum(l) AS sl, avg(l) AS al, sum(x) AS sx, avg(x) AS ax, min(x) AS lx, max(x) AS hx, sum(d) AS sd, avg(d) AS ad, sum(e) AS se, avg(e) AS ae, min(e) AS le, min(s) AS ls, max(s) AS hs, min(t) AS lt, max(p) AS hp, min(a) AS la, max(b) AS hb FROM read_csv('test/data/edges.csv', types = {'i': 'int32', 'd': 'decimal(12,2)', 'e': 'decimal(38,10)'});
