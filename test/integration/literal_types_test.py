"""What type an expression has where literals meet columns and constants with a type: as in DuckDB, beside what docs/types.md lists."""

import csv
import io
import re

import pytest

from oracle import open_duckdb
from program import run

TYPES = ["tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint", "float", "double", "decimal(4,2)",
         "decimal(12,2)", "decimal(18,4)", "decimal(30,4)", "hugeint"]
LITERALS = ["1", "300", "70000", "3000000000", "-1", "1.5", "1e0", "12345678901234567890", "1 + 1"]
FORMS = ["{x} + {l}", "{l} - {x}", "{x} * {l}", "{x} / {l}", "{x} // {l}", "{x} % {l}", "{x} < {l}", "{x} IN ({l}, 2)",
         "CASE WHEN {x} IS NULL THEN {l} WHEN {x} > 0 THEN 1 ELSE {x} END", "coalesce({x}, {l})", "coalesce({l}, 2, {x})",
         "nullif({l}, {x})", "[{x}, {l}]", "[{l}, 1, {x}]", "greatest({x}, {l})", "least({l}, 1, {x})", "{x} + {l} * 2"]
COLUMNS = {kind: "c_" + re.sub(r"\W", "_", kind) for kind in TYPES}
TABLE = "WITH t AS (SELECT " + ", ".join(f"2::{kind} AS {name}" for kind, name in COLUMNS.items()) + ")"
LISTED = ("//", "%")  # integer division beyond 64 bits and remainders beyond 38 digits: docs/types.md says how they differ


def ours(expressions):
    """typeof of each; None where it is refused."""
    outcome = run("sql", "--format", "csv", f"{TABLE} SELECT {', '.join(f'typeof({one})' for one in expressions)} FROM t")
    if outcome.code == 0:
        return list(csv.reader(io.StringIO(outcome.text)))[1]
    if len(expressions) == 1:
        return [None]
    half = len(expressions) // 2
    return ours(expressions[:half]) + ours(expressions[half:])


def theirs(expressions):
    found = open_duckdb().execute(f"{TABLE} SELECT {', '.join(f'typeof({one})' for one in expressions)} FROM t")
    return list(found.fetchone())


def beyond_64_bits(name):
    """HUGEINT is decimal(38, 0) here."""
    return None if name is None else name.replace("HUGEINT", "DECIMAL(38,0)")


@pytest.mark.parametrize("form", FORMS)
def test_literals_have_duckdbs_types(form):
    expressions = [form.format(x=x, l=literal) for kind, name in COLUMNS.items() for x in (name, f"2::{kind}") for literal in LITERALS]
    differing = []
    for expression, here, there in zip(expressions, ours(expressions), theirs(expressions)):
        listed = any(f" {sign} " in form for sign in LISTED) and ("DECIMAL(38" in here or here == "BIGINT")
        if here != beyond_64_bits(there) and not listed:
            differing.append((expression, here, there))
    assert not differing
