-- lists longer than a vector, two by turns, with nulls in them, of several rows
SELECT k, unnest(l) AS x, unnest(m) AS y
FROM (SELECT range AS k, [range, NULL] || range(range * 900, range * 900 + 2500) AS l, range(range * 700) AS m FROM range(1, 5))
WHERE k <> 2
