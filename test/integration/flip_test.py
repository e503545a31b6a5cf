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

import duckdb
import program
import pytest
import tpch
from random_plan_test import rules
from random_sql_compare import ask_sessions
from tpch_test import QUERIES

SEED = int(os.environ.get("HEADRACE_SEED", str(random.randrange(1 << 32))))
CUTS_SAMPLED, RULES_SAMPLED = 4, 3  # of each query
COMPILED = "tier=compiled"
# Without push_filters these join by a product of all their tables: they have a few rows for it, lines that their filters keep and what belongs
# to these. `c_nation` and `s_nation` are those of customer and supplier.
SHIPPED = "l_shipinstruct = 'DELIVER IN PERSON' AND l_shipmode IN ('AIR', 'AIR REG')"
LATE = "SELECT l_orderkey FROM lineitem WHERE l_receiptdate > l_commitdate GROUP BY l_orderkey HAVING count(DISTINCT l_suppkey) = 1"
PRODUCTS = {
    "q02": "s_region = 'EUROPE' AND p_size = 15 AND p_type LIKE '%BRASS'",
    "q03": "c_mktsegment = 'BUILDING' AND o_orderdate < '1995-03-15' AND l_shipdate > '1995-03-15'",
    "q05": "c_nation = s_nation AND c_region = 'ASIA' AND o_orderdate >= '1994-01-01' AND o_orderdate < '1995-01-01'",
    "q07": "s_nation = 'FRANCE' AND c_nation = 'GERMANY' AND l_shipdate BETWEEN '1995-01-01' AND '1996-12-31'",
    "q08": "c_region = 'AMERICA' AND p_type = 'ECONOMY ANODIZED STEEL' AND o_orderdate BETWEEN '1995-01-01' AND '1996-12-31'",
    "q09": "p_name LIKE '%green%'",
    "q10": "l_returnflag = 'R' AND o_orderdate >= '1993-10-01' AND o_orderdate < '1994-01-01'",
    "q12": "l_shipmode IN ('MAIL', 'SHIP') AND l_shipdate < l_commitdate AND l_commitdate < l_receiptdate AND year(l_receiptdate) = 1994",
    "q14": "l_shipdate >= '1995-09-01' AND l_shipdate < '1995-10-01'",
    "q18": "l_orderkey = (SELECT l_orderkey FROM lineitem GROUP BY ALL ORDER BY sum(l_quantity) DESC LIMIT 1)",
    "q19": f"{SHIPPED} AND l_quantity <= 11",
    "q21": f"l_orderkey = (SELECT min(l_orderkey) FROM lines WHERE s_nation = 'SAUDI ARABIA' AND o_orderstatus = 'F' AND l_receiptdate > l_commitdate "
           f"AND l_orderkey IN ({LATE}) AND l_orderkey IN (SELECT l_orderkey FROM lineitem GROUP BY ALL HAVING count(DISTINCT l_suppkey) > 1))",
}
LINES = 7  # of each


@pytest.fixture(scope="module")
def hundredth(tmp_path_factory):
    """A hundredth of scale factor 1, generated."""
    folder = tmp_path_factory.mktemp("tpch")
    generator = pathlib.Path(sys.executable).with_name("tpchgen-cli")
    subprocess.run([generator, "parquet", "--quiet", "--scale-factor", "0.01", "--output-dir", folder], check=True)
    return folder


def few_rows(hundredth, folder, condition):
    """Tables of some lines that the condition keeps, of one that it need not, and of what belongs to them."""
    tables = ("lineitem", "orders", "customer", "supplier", "part", "partsupp", "nation", "region")
    duck = duckdb.connect()
    for table in tables:
        duck.execute(f"CREATE TABLE {table} AS FROM '{hundredth}/{table}.parquet'")
    duck.execute("""CREATE VIEW lines AS SELECT *, cn.n_name AS c_nation, cr.r_name AS c_region, sn.n_name AS s_nation, sr.r_name AS s_region
        FROM lineitem JOIN orders ON o_orderkey = l_orderkey JOIN customer ON c_custkey = o_custkey JOIN supplier ON s_suppkey = l_suppkey
        JOIN part ON p_partkey = l_partkey JOIN nation cn ON cn.n_nationkey = c_nationkey JOIN region cr ON cr.r_regionkey = cn.n_regionkey
        JOIN nation sn ON sn.n_nationkey = s_nationkey JOIN region sr ON sr.r_regionkey = sn.n_regionkey""")
    duck.execute(f"CREATE TABLE few AS (FROM lines WHERE {condition} ORDER BY l_orderkey, l_linenumber LIMIT {LINES}) UNION (FROM lines ORDER BY l_orderkey LIMIT 1)")
    kept = {
        "lineitem": "(l_orderkey, l_linenumber) IN (SELECT (l_orderkey, l_linenumber) FROM few)",
        "orders": "o_orderkey IN (SELECT l_orderkey FROM few)",
        "customer": "c_custkey IN (SELECT o_custkey FROM few)",
        "supplier": "s_suppkey IN (SELECT l_suppkey FROM few)",
        "part": "p_partkey IN (SELECT l_partkey FROM few)",
        "partsupp": "(ps_partkey, ps_suppkey) IN (SELECT (l_partkey, l_suppkey) FROM few)",
        "nation": "n_name IN (SELECT c_nation FROM few UNION SELECT s_nation FROM few)",
        "region": "true",
    }
    # What Q19 asks of parts no part of a hundredth is.
    duck.execute("UPDATE part SET p_brand = 'Brand#12', p_container = 'SM CASE', p_size = 3 WHERE p_size > 15")
    for table in tables:
        duck.execute(f"COPY (FROM {table} WHERE {kept[table]}) TO '{folder}/{table}.parquet'")


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
    """Of the rules that a hundredth can do without."""
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


@pytest.mark.slow
@pytest.mark.parametrize("name", PRODUCTS)
def test_products_of_few_rows(hundredth, name, tmp_path):
    few_rows(hundredth, tmp_path, PRODUCTS[name])
    (answer,), = ask_sessions([session(tpch.script(name, tmp_path))])
    assert answer.rows and any(value is not None for value in answer.rows[0]), f"the filters keep nothing: {answer}"
    check(name, tmp_path, tmp_path / f"{name}.sql", lambda path: ["fusion.rule.push_filters=off"])


@pytest.mark.long
@pytest.mark.parametrize("name", QUERIES)
def test_all_flips(hundredth, name, tmp_path):
    check(name, hundredth, tmp_path / f"{name}.sql", lambda path: cut_flips(path) + rule_flips(name))
