"""Goal: 2,000 random plans (100,000 in ./dev check --long), each in eight configurations of cuts, tier, threads, vector rows, shadow and spill,
have the reference's rows, to the bit, and fault where it does, at the same row in all eight.

HEADRACE_SEED repeats or varies a run, HEADRACE_QUERIES says how many plans. One disagreement of each kind is made smaller and printed.
"""

import dataclasses
import itertools
import math
import os

import pyarrow.csv
import pyarrow.parquet
import pytest
import smaller_sql
from plan_campaign import Plan, made_smaller, other_faults, outcomes, plan_of, run, shown
from plan_configurations import CUTS, PERIOD, THREADS, TIERS, VECTOR_ROWS, configurations
from program import BINARY
from random_plans import SOURCES, LargePlans
from random_sql_compare import Outcome
from reference_test import SEED, reference

# A build that is sanitized or not optimized is many times slower.
PLANS = int(os.environ.get("HEADRACE_QUERIES", "2000" if BINARY.parent.name == "release" else "200"))
PLANS_LONG = 100_000
CONSECUTIVE = 7  # plans that meet all pairs of choices but those of the dear one
DEAR = "chosen anew"
VALUES = {"cut": tuple(CUTS), "tier": TIERS, "threads": THREADS, "vector_rows": VECTOR_ROWS, "shadow": (False, True), "tight": (False, True)}


def all_pairs():
    return {(one, a, other, b) for one, other in itertools.combinations(VALUES, 2) for a in VALUES[one] for b in VALUES[other]}


def pairs(first, count):
    """That so many plans meet, from the first on."""
    ways = [way for plan in range(first, first + count) for way in configurations(plan)]
    return {(one, getattr(way, one), other, getattr(way, other)) for way in ways for one, other in itertools.combinations(VALUES, 2)}


def check(first, count):
    print(f"HEADRACE_SEED={SEED}, plans {first} to {first + count - 1}")
    found = run([plan_of(SEED, number) for number in range(first, first + count)])
    kinds = {(one.what, one.configuration.tier): one for one in reversed(found)}
    texts = [shown(made_smaller(one), SEED) for one in kinds.values()]
    plans = sorted({one.plan.number for one in found})
    assert not found, f"{len(found)} disagreements over plans {plans[:20]}\n" + "\n".join(texts)


@pytest.mark.slow
def test_plans():
    check(0, PLANS)


@pytest.mark.long
@pytest.mark.parametrize("part", range(PLANS_LONG // PLANS))
def test_many_plans(part):
    check(PLANS * (part + 1), PLANS)


def test_each_plan_meets_all_of_tier_shadow_and_spill():
    for plan in range(PERIOD):
        ways = configurations(plan)
        assert len({(way.tier, way.shadow, way.tight) for way in ways}) == len(ways) == 8
        for tier, (name, values) in itertools.product(TIERS, [("threads", THREADS), ("vector_rows", VECTOR_ROWS)]):
            assert {getattr(way, name) for way in ways if way.tier == tier} == set(values)


def test_few_consecutive_plans_meet_all_pairs():
    for first in range(PERIOD):
        assert pairs(first, PERIOD) == all_pairs()
        assert all(pair[:2] == ("cut", DEAR) for pair in all_pairs() - pairs(first, CONSECUTIVE))
    assert configurations(0) == configurations(PERIOD) != configurations(1)


def test_inputs_have_what_goes_wrong():
    edges = pyarrow.parquet.read_table(BINARY.parent / "test_data/edges_some.parquet").column("x").to_pylist()
    floats = [value for value in edges if value is not None]
    assert len(floats) < len(edges) and any(map(math.isnan, floats)) and math.inf in floats and -math.inf in floats
    assert {math.copysign(1, value) for value in floats if value == 0} == {-1, 1}
    assert any(0 < abs(value) < 2.2e-308 for value in floats)
    keys = pyarrow.csv.read_csv("test/data/skewed.csv").column("k").to_pylist()
    assert max(map(keys.count, set(keys))) > len(keys) / 2
    sources = [reference([f"SELECT count(*) AS n FROM {source}"])[0]["rows"] for source in SOURCES]
    assert [["0"]] in sources and [["250"]] in sources


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(4))
def test_tight_memory_spills(turn):
    """Where no file can be made, what spills fails."""
    plans = [Plan(turn, LargePlans(f"{SEED} spilled {turn} {number}").query(1), "null", large=True) for number in range(5)]
    spilled = dict.fromkeys(itertools.product(TIERS, (False, True)), 0)
    for way, found in outcomes(plans, configurations(turn), {"TMPDIR": "/dev/null/no directory"}).items():
        spilled[way.tier, way.tight] += sum("cannot make the directory" in (outcome.error or "") for outcome in found)
    assert all(count >= 2 if tight else count == 0 for (_, tight), count in spilled.items()), f"{spilled}, seed {SEED}"


def wrong_machine_code():
    return {"HEADRACE_COMPILE_MODULE": str(BINARY.parent / "libheadrace_compile_wrong.so"), "HEADRACE_MISCOMPILE": "always", "HEADRACE_CALIBRATION": ""}


def test_wrong_machine_code_is_found_and_made_smaller():
    """Products are one too large where they share a loop with the step before them."""
    number = [*CUTS].index("full")
    sql = ("SELECT DISTINCT * FROM (SELECT k, (i + 1) * k AS i, x, upper(s) AS s FROM (SELECT range % 5 AS k, range AS i, CAST(range AS double) AS x, "
           "'a' || CAST(range AS varchar) AS s FROM range(100)) t WHERE k > 0 AND s LIKE '%1%' ORDER BY s LIMIT 30 OFFSET 2) t WHERE i > 2")
    found = run([Plan(number, sql, "null", large=False)], wrong_machine_code())
    assert {(one.configuration.tier, one.what) for one in found} == {("compiled", "other rows"), ("compiled", "machine code that is wrong")}
    assert {one.configuration.shadow for one in found if one.what == "other rows"} == {False}
    one = next(one for one in found if one.what == "other rows")
    text = shown(made_smaller(one, wrong_machine_code()), SEED)
    smaller = text.splitlines()[2]
    assert "*" in smaller and len(smaller) < 260 and "upper" not in smaller and "LIMIT" not in smaller, text
    assert f"HEADRACE_SEED={SEED}, plan {number}" in text and "SET fusion.mode = 'full'; SET tier = 'compiled'" in text


def test_another_row_at_fault_is_a_disagreement():
    plans, faults = [plan_of(SEED, 0)] * 2, {"error": "division by zero"}
    way, other = configurations(0)[:2]
    at = lambda row: Outcome(error=f"division by zero at range, row {row}")  # noqa: E731
    assert other_faults(plans, [faults, {}], {way: [at(3), at(1)], other: [at(3), at(2)]}) == []
    (found,) = other_faults(plans, [faults, faults], {way: [at(3), at(1)], other: [at(3), at(2)]})
    assert found.configuration == other and found.expected == {"error": at(1).error} and found.found == at(2)
    assert made_smaller(found) is found


def test_a_query_is_made_smaller():
    """As far as it takes to be SQL and to have a sum below a join, which is said to be wrong."""
    plans = (plan_of(SEED, number) for number in itertools.count(PERIOD * 10))
    plan = next(one for one in plans if "sum(" in one.sql and " JOIN " in one.sql and len(one.sql) > 500)

    def still_shows(queries):
        return ["error" not in answer and "sum" in query and "JOIN" in query for query, answer in zip(queries, reference(queries))]

    found = smaller_sql.smallest(plan.sql, still_shows)
    assert still_shows([found]) == [True] and len(found) < 250, f"{found}\nof {dataclasses.asdict(plan)}"
