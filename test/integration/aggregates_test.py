"""Goal: every aggregate means what DuckDB says, with nulls, groups, DISTINCT, FILTER and ORDER BY, and moments are exact.

Method: one random table with ties and nulls, in a Parquet file; the same text runs here and in DuckDB. Variances and covariances are
compared with fractions.Fraction, rounded once: DuckDB adds doubles in the order in which they come.
"""

import fractions
import json
import math
import os
import pathlib
import random
import subprocess

import duckdb
import pyarrow
import pyarrow.parquet
import pytest
from random_sql_compare import ask_headrace

PROGRAM = pathlib.Path(os.environ.get("HEADRACE_BUILD", "build/release")) / "headrace"
SEED = int(os.environ.get("HEADRACE_SEED", "4"))


def sometimes(chance, value):
    return None if chance.random() < 0.15 else value


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    chance = random.Random(SEED)
    rows = range(3000)
    path = tmp_path_factory.mktemp("aggregates") / "t.parquet"
    pyarrow.parquet.write_table(
        pyarrow.table({
            "id": pyarrow.array(list(rows), pyarrow.int64()),
            "g": pyarrow.array([sometimes(chance, chance.randrange(7)) for _ in rows], pyarrow.int32()),
            "b": pyarrow.array([sometimes(chance, chance.random() < 0.5) for _ in rows], pyarrow.bool_()),
            "i": pyarrow.array([sometimes(chance, chance.randrange(-40, 40)) for _ in rows], pyarrow.int32()),
            "l": pyarrow.array([sometimes(chance, chance.randrange(-9, 9)) for _ in rows], pyarrow.int64()),
            "x": pyarrow.array([sometimes(chance, chance.randrange(-20, 20) / 4) for _ in rows], pyarrow.float64()),
            "y": pyarrow.array([sometimes(chance, chance.gauss(0, 1)) for _ in rows], pyarrow.float64()),
            "s": pyarrow.array([sometimes(chance, chance.choice(["", "a", "b", "cc", "a long text of many bytes", "ü"]))
                                for _ in rows], pyarrow.string()),
        }), path, row_group_size=700)
    return path


def headrace(sql, *settings):
    run = subprocess.run([str(PROGRAM), "sql", "--format", "ndjson", *settings, sql], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def plain(value):
    if isinstance(value, str) and value in ("nan", "NaN"):
        return "nan"
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    if isinstance(value, (int, float)):
        return float(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)


CALLS = [
    "bool_and(b)", "bool_or(b)", "bit_and(i)", "bit_or(l)", "bit_xor(i)", "count_if(b)", "sum(b)",
    "count(DISTINCT i)", "sum(DISTINCT i)", "avg(DISTINCT l)", "min(DISTINCT s)", "count(DISTINCT s)",
    "sum(i) FILTER (WHERE b)", "count(*) FILTER (WHERE x > 0)", "count(DISTINCT i) FILTER (WHERE b)",
    "first(i ORDER BY id)", "first(s ORDER BY x DESC, id)", "last(i ORDER BY id)", "last(x ORDER BY id) FILTER (WHERE b)",
    "any_value(x ORDER BY id)", "first(i ORDER BY l NULLS FIRST, id DESC)",
    "arg_min(s, id)", "arg_max(x, id)", "min_by(i, id)", "max_by(i, id)", "arg_min(id, y)", "arg_max(id, y)",
    "string_agg(s, '-' ORDER BY id)", "string_agg(s ORDER BY id DESC)", "group_concat(s, '' ORDER BY s, id)",
    "listagg(s, ', ' ORDER BY id) FILTER (WHERE b)", "string_agg(DISTINCT s, ',' ORDER BY s)",
    "string_agg(DISTINCT s, '|' ORDER BY s DESC)",
    "median(i)", "median(x)", "median(y)", "median(s)", "quantile_cont(x, 0.3)", "quantile_cont(i, 0.0)",
    "quantile_cont(y, 1.0)", "quantile_disc(i, 0.25)", "quantile_disc(s, 0.5)", "quantile_disc(y, 0.9)",
    "quantile_disc(b, 0.5)", "percentile_cont(0.7) WITHIN GROUP (ORDER BY x)",
    "percentile_disc(0.7) WITHIN GROUP (ORDER BY i)", "median(DISTINCT i)", "quantile_disc(DISTINCT l, 0.5)",
    "mad(x)", "mad(i)", "regr_count(x, y)",
    "median(CAST(x AS decimal(10,2)))", "median(CAST(x AS decimal(30,2)))", "quantile_cont(CAST(i AS decimal(10,3)), 0.37)", "quantile_disc(CAST(x AS decimal(12,2)), 0.4)",
    "median(DATE '2020-01-01' + i)", "quantile_disc(DATE '2020-01-01' + i, 0.5)",
]
NEARLY = ["entropy(i)", "entropy(s)", "product(x) FILTER (WHERE id < 30)", "var_samp(y)", "var_pop(x)", "variance(i)", "stddev(y)", "stddev_pop(x)", "sem(y)",
          "skewness(y)", "kurtosis(y)", "kurtosis_pop(x)", "covar_pop(x, y)", "covar_samp(y, x)", "corr(x, y)", "regr_slope(x, y)",
          "regr_intercept(y, x)", "regr_r2(x, y)", "regr_avgx(y, x)", "regr_avgy(x, y)", "regr_sxx(x, y)", "regr_syy(x, y)",
          "regr_sxy(x, y)", "var_samp(DISTINCT i)"]


TAILS = ["GROUP BY g ORDER BY g", "", "WHERE id < 0", "WHERE id = 5", "WHERE i IS NULL AND s IS NULL"]


def query_of(table, call, tail):
    return f"SELECT {'g, ' if 'GROUP' in tail else ''}{call} AS v FROM '{table}' {tail}".strip()


@pytest.fixture(scope="module")
def answers(table):
    """[{query: Outcome}, …] of all calls, one for each way of running."""
    queries = [query_of(table, call, tail) for call in CALLS + NEARLY for tail in TAILS]
    settings = (["threads=1"], ["threads=3", "vector_rows=7"])
    return [dict(zip(queries, ask_headrace([], queries, one), strict=True)) for one in settings]


@pytest.mark.parametrize("call", CALLS + NEARLY)
def test_agrees_with_duckdb(table, answers, call):
    close = call in NEARLY
    for tail in TAILS:
        sql = query_of(table, call, tail)
        expected = [tuple(map(plain, row)) for row in duckdb.sql(sql).fetchall()]
        for outcome in (one[sql] for one in answers):
            assert outcome.rows is not None, f"{sql}\n{outcome}"
            found = [tuple(plain({"true": True, "false": False}.get(value, value)) for value in row) for row in outcome.rows]
            if close:
                assert len(found) == len(expected)
                for ours, theirs in zip(found, expected):
                    assert ours[:-1] == theirs[:-1]
                    assert ours[-1] == theirs[-1] or ours[-1] == pytest.approx(theirs[-1], rel=1e-9, abs=1e-12), sql
            else:
                assert found == expected, sql


def test_several_in_one_query(table):
    sql = (f"SELECT g, count(*) AS n, count(DISTINCT i) AS a, count(DISTINCT s) AS b, sum(l) AS c, median(x) AS d, first(i ORDER BY id) AS e, "
           f"string_agg(DISTINCT s, ',' ORDER BY s) AS f, max(y) AS h FROM '{table}' GROUP BY g ORDER BY g")
    expected = [tuple(map(plain, row)) for row in duckdb.sql(sql).fetchall()]
    assert [tuple(map(plain, row.values())) for row in headrace(sql)] == expected


def exact_variance(values, divisor):
    fractional = [fractions.Fraction(value) for value in values]
    total, squares, n = sum(fractional), sum(value * value for value in fractional), len(values)
    return float((n * squares - total * total) / (n * divisor))


MAGNITUDES = {
    "near one": lambda c: c.uniform(-1, 1),
    "cancelling": lambda c: 1e9 + c.uniform(0, 1e-6),
    "600 binary orders": lambda c: math.ldexp(c.uniform(-1, 1), c.randrange(-300, 300)),
    "large": lambda c: c.uniform(-1, 1) * 1e150,
    "small": lambda c: c.uniform(-1, 1) * 1e-140,
    "integers": lambda c: float(c.randrange(-5, 5)),
}


@pytest.mark.parametrize("kind", MAGNITUDES)
def test_moments_are_exact(tmp_path, kind):
    chance = random.Random(SEED)
    x = [MAGNITUDES[kind](chance) for _ in range(1500)]
    y = [MAGNITUDES[kind](chance) for _ in range(1500)]
    path = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"x": x, "y": y}), path, row_group_size=400)
    n = len(x)
    fx, fy = list(map(fractions.Fraction, x)), list(map(fractions.Fraction, y))
    joint = n * sum(a * b for a, b in zip(fx, fy)) - sum(fx) * sum(fy)
    expected = {
        "var_samp": exact_variance(x, n - 1), "var_pop": exact_variance(x, n),
        "stddev_samp": math.sqrt(exact_variance(x, n - 1)), "covar_pop": float(joint / (n * n)),
        "covar_samp": float(joint / (n * (n - 1))),
    }
    calls = ", ".join(f"{name}({'y, x' if name.startswith('covar') else 'x'}) AS {name}" for name in expected)
    for threads in ("1", "3"):
        (row,) = headrace(f"SELECT {calls} FROM '{path}'", "--threads", threads)
        assert {name: float(row[name]).hex() for name in expected} == {name: value.hex() for name, value in expected.items()}


@pytest.mark.parametrize("call, found", [
    ("quantile_cont(x, 1.5)", "out of range"),
    ("string_agg(s ORDER BY nothing)", "nothing"),
    ("string_agg(DISTINCT s, ',' ORDER BY x)", "must name an argument"),
    ("median(x ORDER BY y)", "own order"),
    ("bool_and(x)", "bool_and(a)"),
])
def test_refusals(table, call, found):
    run = subprocess.run([str(PROGRAM), "sql", f"SELECT {call} FROM '{table}'"], capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert found in run.stderr
