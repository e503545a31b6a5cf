"""Draws plans by number, runs each in its eight configurations and in the reference, and makes what disagrees smaller."""

import concurrent.futures
import dataclasses
import itertools
import os

from plan_configurations import PERIOD, TIERS, configurations
from random_equivalence_test import as_text
from random_plans import FaultPlans, LargePlans, OrderedPlans, Plans
from random_sql_compare import ask_sessions
from reference_test import reference
from smaller_sql import smallest

KINDS = [  # of twenty, each PERIOD plans long: (generator, depth, on_error)
    *[(Plans, 1, "null")] * 6, *[(Plans, 2, "null")] * 4, (Plans, 3, "null"), *[(OrderedPlans, 1, "null")] * 3, (OrderedPlans, 2, "null"),
    *[(Plans, 1, "fail")] * 2, (FaultPlans, 1, "fail"), (FaultPlans, 2, "fail"), (LargePlans, 1, "null")]
PLANS_A_PROCESS = {True: 10, False: 80}  # large ones, others
FAULTS = ("overflow", "division by zero", "bad cast", "out of range")  # of several inputs any may be named
WORKERS = os.cpu_count() or 1


@dataclasses.dataclass(frozen=True)
class Plan:
    number: int
    sql: str
    on_error: str
    large: bool


@dataclasses.dataclass(frozen=True)
class Disagreement:
    plan: Plan
    configuration: object
    what: str
    expected: dict
    found: object


def plan_of(seed, number):
    """The same for a seed and a number, whatever else is drawn."""
    generator, depth, on_error = KINDS[number // PERIOD % len(KINDS)]
    return Plan(number, generator(f"{seed} campaign {number}").query(depth), on_error, generator is LargePlans)


def as_texts(sql):
    """Values as texts, which tell floats apart to the bit."""
    return f"SELECT {', '.join(f'CAST({c} AS varchar) AS {c}' for c in 'kixs')} FROM ({sql}) result"


# --- running

def answers(plans):
    return reference([f"SET on_error = '{plan.on_error}'; {as_texts(plan.sql)}" for plan in plans])


def outcomes(plans, ways, environment=None):
    """{configuration: for each plan its Outcome under the first limit that is enough}."""
    found = {way: [None] * len(plans) for way in ways}
    for tier in TIERS:  # each in a process of its own: machine code takes memory
        alike = [way for way in ways if way.tier == tier]
        limits = {way: way.limits(plans[0].large) for way in alike}
        lacks = lambda way, place: found[way][place] is None or is_out_of_memory(found[way][place])  # noqa: E731
        for step in range(max(map(len, limits.values()), default=0)):
            places = [place for place in range(len(plans)) if any(lacks(way, place) for way in alike)]
            if not places:
                break
            asked = [session_of([plans[place] for place in places], way, some[min(step, len(some) - 1)]) for way, some in limits.items()]
            for way, session in zip(alike, ask_sessions(asked, environment=environment)):
                for place, outcome in zip(places, session):
                    if lacks(way, place):
                        found[way][place] = outcome
    return found


def session_of(plans, way, limit):
    settings = [*way.settings(), f"memory_limit={limit}", f"on_error={plans[0].on_error}"]
    return [f"SET {name} = '{value}'" for name, value in (one.split("=") for one in settings)], [as_texts(plan.sql) for plan in plans]


def is_out_of_memory(outcome):
    return outcome.error is not None and any(text in outcome.error for text in ("are in use (largest: ", "do not fit the memory limit"))


def problem_of(expected, found):
    """None, or what is wrong with an Outcome, given the reference's answer."""
    if found.crash is not None:
        return "a crash"
    if found.note is not None and "quarantined" in found.note:
        return "machine code that is wrong"
    if "error" in expected:
        return None if found.error is not None and any(fault in found.error.splitlines()[0] for fault in FAULTS) else "no fault"
    if found.rows is None:
        return "no rows"
    same = as_text(found.rows, expected["ordered"]) == as_text(expected["rows"], expected["ordered"])
    return None if same else "other rows"


def is_judge(expected, on_error):
    """Whether the reference answers, or faults where faults end a query."""
    return "error" not in expected or (on_error == "fail" and expected["error"] in FAULTS)


OTHER_FAULT = "another fault than in the first configuration"


def other_faults(plans, expected, found):
    """Plans that fail at another row, or otherwise, than in their first configuration."""
    first, *others = found
    return [Disagreement(plan, way, OTHER_FAULT, {"error": found[first][place].error}, found[way][place])
            for place, (plan, answer) in enumerate(zip(plans, expected)) for way in others
            if "error" in answer and found[way][place].error != found[first][place].error]


def run_together(plans, environment=None):
    """Disagreements of plans that have the same configurations and the same on_error."""
    expected = answers(plans)
    for plan, answer in zip(plans, expected):
        assert is_judge(answer, plan.on_error), f"{plan}\n{answer}"
    found = outcomes(plans, configurations(plans[0].number), environment)
    return other_faults(plans, expected, found) + [Disagreement(plan, way, what, answer, outcome) for way, tries in found.items() for plan, answer, outcome in zip(plans, expected, tries)
            if (what := problem_of(answer, outcome)) is not None]


def together(plans):
    """Lists of plans for run_together, the longest runs first."""
    key = lambda plan: (not plan.large, plan.number % PERIOD, plan.on_error)  # noqa: E731
    for (small, *_), group in itertools.groupby(sorted(plans, key=key), key):
        alike, size = list(group), PLANS_A_PROCESS[not small]
        yield from (alike[begin:begin + size] for begin in range(0, len(alike), size))


def run(plans, environment=None):
    """All disagreements of the plans."""
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        return [one for found in pool.map(lambda group: run_together(group, environment), together(plans)) for one in found]


# --- a disagreement for people

def made_smaller(one, environment=None):
    """The disagreement over the smallest query found that shows it in the same configuration; of two configurations that part, the query itself."""
    if one.what == OTHER_FAULT:
        return one
    way = one.configuration
    ways = [dataclasses.replace(way, tight=False), way] if way.tight else [way]

    def again(queries):
        plans = [dataclasses.replace(one.plan, sql=query) for query in queries]
        for plan, answer, outcome in zip(plans, answers(plans), outcomes(plans, ways, environment)[way]):
            what = problem_of(answer, outcome) if is_judge(answer, plan.on_error) else None
            yield Disagreement(plan, way, what, answer, outcome)

    smaller = next(again([smallest(one.plan.sql, lambda queries: [found.what == one.what for found in again(queries)])]))
    return smaller if smaller.what == one.what else one  # which does not show every time


def shown(one, seed):
    settings = "".join(f"SET {name} = '{value}'; " for name, value in (setting.split("=") for setting in one.configuration.settings()))
    limits = " or ".join(one.configuration.limits(one.plan.large))
    found = one.found.crash or one.found.note or one.found.error or one.found.rows
    return (f"{one.what}: HEADRACE_SEED={seed}, plan {one.plan.number}\n  {settings}SET on_error = '{one.plan.on_error}'; -- memory_limit {limits}\n"
            f"  {as_texts(one.plan.sql)}\n  expected {str(one.expected.get('rows', one.expected))[:600]}\n  found    {str(found)[:600]}\n")
