-- +0 and -0 are one group, +0: a filter that tells them apart is asked of the group
SELECT y, n FROM (SELECT y, count(*) AS n FROM (VALUES (0.0e0), (-0.0e0), (1.0e0), (-1.0e0)) v(y) GROUP BY y) t
WHERE 1e0 / (y + 5e0) > 0.1e0 AND NOT signbit(y) ORDER BY y;
