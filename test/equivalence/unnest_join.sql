-- Elements that meet those of another table
SELECT o.row, o.e, r.row AS other FROM (SELECT row, unnest(range(k)) AS e FROM 'test/data/edges.csv' WHERE row < 40) o JOIN (SELECT row, unnest([k, k + 1]) AS f FROM 'test/data/edges.csv' WHERE row > 30 AND row < 60) r ON o.e = r.f;
