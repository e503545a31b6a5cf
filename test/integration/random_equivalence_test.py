"""Goal: random expressions, faults included, have the same bits in the engine, interpreted and compiled, as in the reference.

Method: queries of several random expressions over the table of reference_test.py, in a select list, in WHERE and under aggregates;
values are compared as text, which tells doubles apart to the bit. HEADRACE_SEED repeats or varies a run.
"""

import json
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from reference_test import SEED, Generator, reference, table  # noqa: E402, F401

PROGRAM = pathlib.Path(os.environ.get("HEADRACE_BUILD", "build/release")) / "headrace"
CONFIGURATIONS = [("fusion.mode=off", "tier=interpreted", "vector_rows=7"), ("fusion.mode=staged", "tier=compiled"), ("fusion.mode=full", "tier=compiled", "vector_rows=64")]
QUERIES = int(os.environ.get("HEADRACE_QUERIES", "12"))  # of each kind


def queries(kind, path):
    generator = Generator(f"{SEED} engine {kind}")
    some = lambda depth: getattr(generator, generator.pick("integer", "float", "decimal", "text", "bool"))(depth)  # noqa: E731
    for index in range(QUERIES):
        policy = generator.pick("null", "null", "fail")
        if kind == "project":
            columns = [f"CAST({some(1 + i % 4)} AS varchar) AS c{i}" for i in range(1 if policy == "fail" else 6)]
            body = f"SELECT row, {', '.join(columns)} FROM '{path}'"
        elif kind == "filter":
            body = f"SELECT row FROM '{path}' WHERE {generator.bool(2 + index % 2)} AND {generator.bool(1)}"
        else:
            number = generator.pick("integer", "float", "decimal")
            calls = [f"CAST({f}({getattr(generator, number)(2)}) AS varchar) AS c{i}" for i, f in enumerate(["sum", "avg", "min", "max", "count"])]
            body = f"SELECT CAST({generator.pick('b', 'i', 'u', 'f', 't', 'd')} AS varchar) AS k, {', '.join(calls)} FROM '{path}' GROUP BY k"
        yield f"SET on_error = '{policy}'; {body}"


def run_engine(sql, settings):
    command = [PROGRAM, "sql", sql, "--format", "ndjson", "--threads", "2"]
    for setting in settings:
        command += ["--set", setting]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        assert 1 <= done.returncode <= 100, f"{sql}\n{done.stderr}"
        return done.stderr
    return [list(json.loads(line).values()) for line in done.stdout.splitlines()]


def as_text(rows, ordered):
    """Rows in one form for both sides; sorted when their order is free."""
    texts = [["" if value is None else "=" + str(value) for value in row] for row in rows]
    return texts if ordered else sorted(texts)


@pytest.mark.parametrize("kind", ["project", "filter", "aggregate"])
def test_random(table, kind):  # noqa: F811
    texts = list(queries(kind, table))
    faults = 0
    for sql, expected in zip(texts, reference(texts), strict=True):
        for settings in CONFIGURATIONS:
            found = run_engine(sql, settings)
            if "error" in expected:
                faults += 1
                assert isinstance(found, str) and expected["error"] in found, f"{sql}\n{settings}\nexpected {expected}\nfound {found}"
            else:
                assert not isinstance(found, str), f"{sql}\n{settings}\nexpected rows\nfound {found}"
                assert as_text(found, expected["ordered"]) == as_text(expected["rows"], expected["ordered"]), f"{sql}\n{settings}\nseed {SEED}"
