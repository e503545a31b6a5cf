-- A column goes before a name of the select list
SELECT range + 10 AS range, range * 2 AS twice FROM range(5) WHERE range < 3;
