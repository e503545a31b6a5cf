"""Goal: no rule and no cut shows in an answer. Each TPC-H query runs as it is, with a rule off, and with a cut pinned to its other choice: the same
rows, to the bit, in the same order.

A sample in every run, whose seed is printed and which HEADRACE_SEED repeats; all rules and cuts in ./dev check --long.
"""

import json
import os
import pathlib
import random
import re
import subprocess
import sys

import program
import pytest
import tpch
from random_plan_test import rules
from random_sql_compare import ask_sessions
from tpch_test import QUERIES

SEED = int(os.environ.get("HEADRACE_SEED", str(random.randrange(1 << 32))))
CUTS_SAMPLED, RULES_SAMPLED = 4, 3  # of each query
COMPILED = "tier=compiled"
# Without push_filters these join by a product of all their tables, which no machine finishes.
PRODUCTS = {"q02", "q03", "q05", "q07", "q08", "q09", "q10", "q12", "q14", "q18", "q19", "q21"}


@pytest.fixture(scope="module")
def hundredth(tmp_path_factory):
    """A hundredth of scale factor 1, generated."""
    folder = tmp_path_factory.mktemp("tpch")
    generator = pathlib.Path(sys.executable).with_name("tpchgen-cli")
    subprocess.run([generator, "parquet", "--quiet", "--scale-factor", "0.01", "--output-dir", folder], check=True)
    return folder


def explained(path, *settings):
    words = [word for setting in (COMPILED, *settings) for word in ("--set", setting)]
    return json.loads(program.succeed("explain", "--fusion", "--format", "json", *words, "--file", path).text)


def choices(explanation):
    """{cut: its choice} of every cut, from loops such as `#0 | #1-#3`."""
    found = {}
    for stage in explanation["stages"]:
        for loop in re.findall(r"#(\d+)(?:-#(\d+))?", stage["loops"]):
            first, last = int(loop[0]), int(loop[1] or loop[0])
            found |= {f"{stage['stage']}.{step}": "register" for step in range(first, last)}
            found[f"{stage['stage']}.{last}"] = "staged"
        found.pop(f"{stage['stage']}.{stage['steps'] - 1}", None)
    return found


def cut_flips(path):
    """Settings that pin each cut to its other choice, where it has one."""
    explanation = explained(path)
    forced = {edge["cut"] for edge in explanation["edges"] if edge["decision"] != "register" and not edge["alternatives"]}
    other = {"register": "staged", "staged": "register"}
    return [f"fusion.edge.{cut}={other[choice]}" for cut, choice in choices(explanation).items() if cut not in forced]


def rule_flips(name):
    return [f"fusion.rule.{rule}=off" for rule in rules() if rule != "push_filters" or name not in PRODUCTS]


def session(text, *settings):
    """(statements, queries) of a script under settings."""
    *statements, query = [" ".join(re.sub("--.*", "", one).split()) for one in text.strip().rstrip(";").split(";")]
    pairs = [setting.split("=") for setting in (COMPILED, *settings)]
    return [*statements, *(f"SET {name} = '{value}'" for name, value in pairs)], [query]


def check(name, folder, path, flips):
    text = tpch.script(name, folder)
    path.write_text(text)
    chosen = flips(path)
    for flip in (one for one in chosen if one.startswith("fusion.edge.")):
        cut, choice = flip.removeprefix("fusion.edge.").split("=")
        assert choices(explained(path, flip))[cut] == choice, flip
    (expected,), *others = ask_sessions([session(text), *(session(text, flip) for flip in chosen)])
    assert expected.rows, f"{name}: {expected}"
    different = {flip: outcome for flip, (outcome,) in zip(chosen, others) if outcome.rows != expected.rows or outcome.note}
    assert not different, f"{name}, seed {SEED}\nexpected {str(expected.rows)[:600]}\nfound {str(different)[:3000]}"


@pytest.mark.slow
@pytest.mark.parametrize("name", QUERIES)
def test_some_flips(hundredth, name, tmp_path):
    print(f"HEADRACE_SEED={SEED}")

    def some(path):
        chance = random.Random(f"{SEED} {name}")
        cuts, of_rules = cut_flips(path), rule_flips(name)
        return chance.sample(cuts, min(CUTS_SAMPLED, len(cuts))) + chance.sample(of_rules, RULES_SAMPLED)

    check(name, hundredth, tmp_path / f"{name}.sql", some)


@pytest.mark.long
@pytest.mark.parametrize("name", QUERIES)
def test_all_flips(hundredth, name, tmp_path):
    check(name, hundredth, tmp_path / f"{name}.sql", lambda path: cut_flips(path) + rule_flips(name))
