"""Goal: random plans (filters, projections, joins, groups, unions, sorts, limits, samples in any nesting) have the same rows in the engine,
interpreted and compiled and with each optimizer rule switched off, as in the reference: the same bits, and the same order where there
is one. A limit or a sample makes the order of what is below it part of the answer; joins of several tables under limits have plans of their own.
Under `on_error = fail` a query faults in all of them or in none.

HEADRACE_SEED repeats or varies a run, HEADRACE_QUERIES makes it longer.
"""

import os
import pathlib
import re
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from random_equivalence_test import CONFIGURATIONS, PROGRAM, as_text, run_engine  # noqa: E402
from random_plans import FaultPlans, OrderedPlans, Plans  # noqa: E402
from random_sql_compare import ask_headrace  # noqa: E402
from reference_test import SEED, reference  # noqa: E402

QUERIES = int(os.environ.get("HEADRACE_QUERIES", "10"))


# Once these gave other rows under a limit than without the rule.
PINNED = [
    "SELECT sum(x) AS k, sum(y) AS i, 0 AS x, '' AS s FROM (SELECT a.x, b.y FROM (SELECT range AS x, range % 2 AS k FROM range(6)) a "
    "JOIN (SELECT range AS y, range % 2 AS k FROM range(1000)) b ON a.k = b.k LIMIT 4) t",
    "SELECT a.range AS k, b.range AS i, c.range AS x, '' AS s FROM range(6) a, range(6) b, range(6) c "
    "WHERE a.range % 2 = c.range % 2 AND c.range % 3 = b.range % 3 LIMIT 6",
]


def rules():
    """The optimizer's rules, as the program names them."""
    done = subprocess.run([PROGRAM, "sql", "SET fusion.rule.no_such_rule_by_far = 'off'"], capture_output=True, text=True, check=False)
    names = re.search(r"rules are (.+)", done.stderr)
    assert names, done.stderr
    return names[1].strip().split(", ")


# Of faults of several inputs any may be named.
KINDS = ("overflow", "division by zero", "bad cast", "out of range")


def is_fault(text):
    return isinstance(text, str) and any(kind in text.splitlines()[0] for kind in KINDS)


def check(queries, policy="null"):
    """How many of the queries fault."""
    texts = [f"SELECT CAST(k AS varchar) AS k, CAST(i AS varchar) AS i, CAST(x AS varchar) AS x, CAST(s AS varchar) AS s FROM ({query}) result"
             for query in queries]
    set_policy = f"SET on_error = '{policy}'"
    answers = reference([f"{set_policy}; {text}" for text in texts])
    for sql, expected in zip(texts, answers, strict=True):
        assert "error" not in expected or (policy == "fail" and expected["error"] in KINDS), f"{sql}\n{expected}"
    without = [(f"fusion.rule.{rule}=off", "tier=interpreted") for rule in rules()]
    for settings in [*CONFIGURATIONS, *without]:
        outcomes = ask_headrace([set_policy], texts, settings)
        for sql, expected, found in zip(texts, answers, outcomes, strict=True):
            problem = difference(expected, found)
            assert problem is None, f"{set_policy}; {sql}\n{settings}\nexpected {expected}\nfound {found}\n{problem}, seed {SEED}"
    return sum("error" in answer for answer in answers)


def difference(expected, found):
    """None, or what is wrong with an Outcome, given the reference's answer."""
    if "error" in expected:
        return None if is_fault(found.error) else "no fault"
    if found.rows is None:
        return "no rows"
    same = as_text(found.rows, expected["ordered"]) == as_text(expected["rows"], expected["ordered"])
    return None if same else "other rows"


def test_rules_are_known():
    passes = re.findall(r'^    \{"(\w+)"', pathlib.Path("src/optimize/passes.cc").read_text(encoding="utf-8"), re.MULTILINE)
    assert {*passes, "value_ranges", "prune_by_join_keys", "share_aggregations", "share_scans", "reuse_rooms", "prune_scans"} == set(rules())


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_random_plans(depth):
    plans = Plans(f"{SEED} plans {depth}")
    check([plans.query(depth) for _ in range(QUERIES)])


@pytest.mark.parametrize("depth", [1, 2])
def test_random_ordered_plans(depth):
    plans = OrderedPlans(f"{SEED} ordered plans {depth}")
    check([plans.query(depth) for _ in range(QUERIES * 2)])


@pytest.mark.parametrize("depth", [1, 2])
def test_random_plans_that_fail(depth):
    plans = Plans(f"{SEED} plans that fail {depth}")
    check([plans.query(depth) for _ in range(QUERIES)], "fail")


@pytest.mark.parametrize("depth", [1, 2])
def test_random_joins_that_fail(depth):
    plans = FaultPlans(f"{SEED} joins that fail {depth}")
    count = QUERIES * 3
    faults = check([plans.query(depth) for _ in range(count)], "fail")
    assert count // 10 < faults < count - count // 10  # both kinds are drawn


def test_pinned_plans():
    check(PINNED)


def test_inner_limit_reads_its_rows():
    sql = "(SELECT * FROM (SELECT range AS k, 10 // (range - 5) AS i FROM range(8)) t LIMIT 7) LIMIT 4"
    for settings in [*CONFIGURATIONS, *[(f"fusion.rule.{rule}=off",) for rule in rules()]]:
        found = run_engine(sql, settings)
        assert isinstance(found, str) and "division by zero" in found, f"{settings}\nfound {found}"
