-- Nested values in VALUES
SELECT l[1] AS first, l, v.a AS a, len(l) AS n FROM (VALUES ([1, 2], {'a': 'x'}), (NULL, NULL), ([], {'a': ''}), ([NULL], {'a': 'y z'})) AS t(l, v);
