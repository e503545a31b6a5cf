"""Goal: random plans (filters, projections, joins, groups, unions, sorts, limits in any nesting) have the same rows in the engine,
interpreted and compiled, as in the reference.

HEADRACE_SEED repeats or varies a run, HEADRACE_QUERIES makes it longer.
"""

import os
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from random_equivalence_test import CONFIGURATIONS, as_text, run_engine  # noqa: E402
from reference_test import SEED, reference  # noqa: E402

BUILD = pathlib.Path(os.environ.get("HEADRACE_BUILD", "build/release"))
QUERIES = int(os.environ.get("HEADRACE_QUERIES", "10"))
SOURCES = [f"'{BUILD}/test_data/edges_none.parquet'", f"'{BUILD}/test_data/edges_some.parquet'", f"'{BUILD}/test_data/edges_all.parquet'",
           "read_csv('test/data/edges.csv', types = {'i': 'int32'})"]


class Plans:
    """Every subquery has the columns k int64, i int64, x float64, s text, so that all of them fit together."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, *choices):
        return self.random.choice(choices)

    def predicate(self, table=""):
        c = f"{table}." if table else ""
        return self.pick(f"{c}k > 1", f"{c}x < {c}i", f"{c}s LIKE '%a%'", f"{c}k IS NOT NULL", f"{c}i % 3 = 1", f"length({c}s) > 3 OR {c}x > 0",
                         f"NOT ({c}k = 2 AND {c}i > 0)", f"{c}s IN ('a', 'abc', '')", f"100 // {c}k > 40", f"{c}x = {c}x", f"{c}i BETWEEN -10 AND 1000")

    def columns(self):
        i = self.pick("i", "i + 1", "i % 100", "k * 3 - 1", "coalesce(i, k)", "length(s)", "100 // k", "CASE WHEN x > 0 THEN i ELSE k END")
        x = self.pick("x", "x * 2", "x + i", "-x", "coalesce(x, 0e0)", "CAST(i AS double) / 3", "nullif(x, 1e0)")
        s = self.pick("s", "s || 'é'", "upper(substring(s, 1, 2))", "CAST(k AS varchar)", "CASE WHEN k = 1 THEN s ELSE 'other' END", "substring(s, -3)")
        k = self.pick("k", "k", "k", "(k + 1) % 4", "i % 5")
        return f"{k} AS k, {i} AS i, {x} AS x, {s} AS s"

    def query(self, depth):
        if depth == 0:
            return f"SELECT k, CAST(i AS bigint) AS i, x, s FROM {self.pick(*SOURCES)} WHERE row < {self.pick(0, 1, 20, 70, 130, 300)}"
        inner = lambda: f"({self.query(depth - 1)})"  # noqa: E731
        direction = lambda: self.pick("", " DESC", " NULLS FIRST", " DESC NULLS FIRST")  # noqa: E731
        return self.pick(
            lambda: f"SELECT * FROM {inner()} t WHERE {self.predicate()}",
            lambda: f"SELECT {self.columns()} FROM {inner()} t",
            lambda: f"SELECT {self.columns()} FROM {inner()} t WHERE {self.predicate()} AND {self.predicate()}",
            lambda: f"SELECT k, count(*) AS i, sum(x) AS x, {self.pick('min', 'max')}(s) AS s FROM {inner()} t GROUP BY k",
            lambda: f"SELECT i % 4 AS k, max(i) AS i, avg(x) AS x, s FROM {inner()} t GROUP BY 1, s HAVING {self.pick('count(*) > 1', 'min(k) < 3', 'max(x) > 0')}",
            lambda: f"SELECT count(k) AS k, max(i) AS i, min(x) AS x, max(s) AS s FROM {inner()} t",
            lambda: f"SELECT DISTINCT * FROM {inner()} t",
            lambda: f"SELECT a.k AS k, b.i AS i, a.x AS x, b.s AS s FROM (SELECT * FROM {inner()} q LIMIT 25) a {self.pick('JOIN', 'LEFT JOIN')} (SELECT * FROM {inner()} q LIMIT 30) b ON a.k = b.k",
            lambda: f"SELECT a.k AS k, a.i AS i, b.x AS x, a.s AS s FROM (SELECT * FROM {inner()} q LIMIT 40) a JOIN (SELECT * FROM {inner()} q LIMIT 40) b ON a.s = b.s AND a.k = b.k WHERE {self.predicate(self.pick('a', 'b'))}",
            lambda: f"SELECT a.k AS k, a.i AS i, b.x AS x, b.s AS s FROM (SELECT * FROM {inner()} q LIMIT 30) a JOIN (SELECT * FROM {inner()} q LIMIT 30) b ON a.k = b.k AND a.x < b.x",
            lambda: f"SELECT a.k AS k, b.i AS i, a.x AS x, b.s AS s FROM (SELECT * FROM {inner()} q LIMIT 30) a LEFT JOIN (SELECT * FROM {inner()} q LIMIT 40) b ON {self.pick('a.k = b.k AND ', 'b.s = a.s AND ', '')}{self.pick('a.x < b.x', '100 // b.k > a.i', 'a.s > b.s', 'a.i % 3 = b.i % 2', 'a.k > 1', 'b.i IS NULL')}",
            lambda: f"SELECT * FROM {inner()} t UNION ALL SELECT * FROM {inner()} t",
            lambda: f"SELECT * FROM {inner()} t ORDER BY {self.pick('x', 's', 'k', 'i')}{direction()}, {self.pick('k', 'i')}{direction()} LIMIT {self.pick(1, 5, 40, 1000)} OFFSET {self.pick(0, 0, 3)}",
            lambda: f"SELECT * FROM {inner()} t LIMIT {self.pick(1, 10, 100)} OFFSET {self.pick(0, 0, 7)}",
            lambda: f"SELECT * FROM {inner()} t ORDER BY {self.pick('s', 'x', 'length(s)')}{direction()}",
        )()


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_random_plans(depth):
    plans = Plans(f"{SEED} plans {depth}")
    texts = [f"SET on_error = 'null'; SELECT CAST(k AS varchar) AS k, CAST(i AS varchar) AS i, CAST(x AS varchar) AS x, s FROM ({plans.query(depth)}) result"
             for _ in range(QUERIES)]
    for sql, expected in zip(texts, reference(texts), strict=True):
        assert "error" not in expected, f"{sql}\n{expected}"
        for settings in CONFIGURATIONS:
            found = run_engine(sql, settings)
            assert not isinstance(found, str), f"{sql}\n{settings}\nexpected rows\nfound {found}"
            assert as_text(found, expected["ordered"]) == as_text(expected["rows"], expected["ordered"]), f"{sql}\n{settings}\nseed {SEED}"
