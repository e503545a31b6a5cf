-- floats in a distinct recursion: zeros of both signs are one, and so are all NaN, nulls are equal
WITH RECURSIVE t(x, y) AS (
  SELECT * FROM (VALUES (0.0::double, NULL::int32), (-0.0::double, NULL), ('nan'::double, 1), (1e300::double, 1)) v(x, y)
  UNION SELECT -x, y FROM t)
SELECT x, y FROM t
