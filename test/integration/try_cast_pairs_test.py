"""TRY_CAST between all pairs of types: DuckDB's answer, beside what is listed here."""

import csv
import io

import pytest

from oracle import open_duckdb
from program import run

VALUES = {"boolean": "true", "date": "date '2020-01-02'", "time": "time '01:02:03'", "timestamp": "timestamp '2020-01-02 03:04:05'",
          "timestamp_ns": "'2020-01-02 03:04:05'::timestamp_ns", "timestamptz": "'2020-01-02 03:04:05+00'::timestamptz",
          "interval": "interval '1 day'", "varchar": "'a'", "blob": "'ab'::blob", "enum('a', 'b')": "'a'::enum('a', 'b')", "enum('10', '20')": "'20'::enum('10', '20')",
          "integer[]": "[1, 2]", "varchar[]": "['a']", "struct(a integer)": "{'a': 1}", "map(varchar, integer)": "map {'k': 1}"}
NUMBERS = ["tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint", "float", "double", "decimal(9,2)",
           "decimal(30,3)"]
VALUES |= {number: f"1::{number}" for number in NUMBERS}
LISTED = {
    ("time", "interval"): "a time of day is an interval here",
    ("timestamptz", "time"): "the time of day in UTC here",
    ("varchar[]", "integer[]"): "the whole list is null here where theirs has a null element",
    ("enum('10', '20')", "interval"): "a number without a unit is no interval here",
    ("struct(a integer)", "map(varchar, integer)"): "a struct has no cast to a map here",
}


@pytest.mark.parametrize("source", VALUES)
def test_try_cast(source):
    """Of a column, so that nothing is folded while typing, and of the constant itself."""
    targets = [target for target in VALUES if (source, target) not in LISTED]
    for value in ("v", VALUES[source]):
        casts = ", ".join(f"coalesce(try_cast({value} AS {target})::varchar, 'null')" for target in targets)
        query = f"SELECT {casts} FROM (SELECT {VALUES[source]} AS v) t"
        found = run("sql", "--format", "csv", query)
        assert found.code == 0, found
        theirs = open_duckdb()
        theirs.execute("SET timezone = 'UTC'")
        expected = list(theirs.execute(query).fetchone())
        assert dict(zip(targets, list(csv.reader(io.StringIO(found.text)))[1])) == dict(zip(targets, expected))
