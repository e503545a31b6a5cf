"""Every reason that a place between two operators can have is reached by a query; the list of reasons is the program's own."""

import json
import pathlib
import re

import program
import pytest

SUM = "SELECT sum(range * 3 + 1) AS s FROM range(1000)"
MANY_SUMS = "SELECT " + ", ".join(f"sum(range * {factor}) AS s{factor}" for factor in range(2, 150)) + " FROM range(1000)"
TWICE = "WITH t AS (SELECT range % 7 AS g, count(*) AS c FROM range(1000) GROUP BY g) SELECT * FROM t UNION ALL SELECT * FROM t"

# reason: (settings, query); {0} is a folder
REASONS = {
    "fused": ("", SUM),
    "mode_off": ("fusion.mode=off", SUM),
    "mode_staged": ("fusion.mode=staged", SUM),
    "pinned": ("fusion.edge.0.0=staged", SUM),
    "expands": ("", "SELECT a.range + 1 AS x FROM range(9) AS a JOIN range(9) AS b ON a.range = b.range"),
    "isolation": ("fusion.isolate=multiply", SUM),
    "code_too_large": ("fusion.mode=full", MANY_SUMS),
    "selective_filter": ("", "SELECT count(length(md5(CAST(range AS utf8)))) AS n FROM range(1000) WHERE range % 3 = 0"),
    # Of half of the rows two sums are cheaper in the loop that takes all, the digest is not.
    "cheaper_apart": ("", "SELECT count(md5(CAST(range + 1 + range AS utf8))) AS n FROM range(1000) WHERE isfinite(CAST(range AS float64))"),
    "breaker": ("", SUM + " ORDER BY s"),
    "several_consumers": ("", TWICE),
    "state_boundary": ("", "SELECT range % 7 AS g, string_agg(CAST(range AS varchar), ',') AS c FROM range(1000) GROUP BY g"),
    "state_outgrows_cache": ("", "SELECT range % 7 AS g, count(*) AS c FROM range(1000) GROUP BY g"),
    "order": ("", "SELECT range + 1 AS x FROM range(1000) LIMIT 5"),
    "destroys_parallelism": ("", "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 9) SELECT n * 2 AS m FROM t"),
    "side_effect": ("", "COPY (SELECT range + 1 AS x FROM range(9)) TO '{0}/out.csv'"),
    "source_vectors": ("", SUM),
    "evaluated_more_often": ("", "BEGIN; COPY (SELECT sin(n::float64) AS m FROM '{0}/in.csv') TO '{0}/a.csv'; "
                             "COPY (SELECT sin(n::float64) AS m, n FROM '{0}/in.csv') TO '{0}/b.csv'; COMMIT"),
    "flag_off": ("fusion.rule.share_scans=off", "BEGIN; COPY (SELECT n + 1 AS m FROM '{0}/in.csv') TO '{0}/a.csv'; COPY (SELECT n + 2 AS m FROM '{0}/in.csv') TO '{0}/b.csv'; COMMIT"),
    "fan_out": ("", "BEGIN; COPY (SELECT n + 1 AS m FROM '{0}/in.csv') TO '{0}/a.csv'; COPY (SELECT n + 2 AS m FROM '{0}/in.csv') TO '{0}/b.csv'; COMMIT"),
}


# Machine code is right, and not slow, as long as nobody makes it so on purpose.
ELSEWHERE = {"quarantined": "shadow_test.py", "measured_slower": "feedback_test.py", "latency_target": "feedback_test.py"}


def reasons_found(value):
    if isinstance(value, dict):
        inner = {value["reason"]} if {"from", "to", "decision", "reason"} <= value.keys() else set()
        return inner.union(*map(reasons_found, value.values()))
    return set().union(*map(reasons_found, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("reason", REASONS)
def test_a_query_reaches_it(reason, tmp_path):
    (tmp_path / "in.csv").write_text("n\n1\n2\n")
    setting, query = REASONS[reason]
    arguments = ("--set", setting) if setting else ()
    plan = program.succeed("explain", "--fusion", "--format", "json", *arguments, query.format(tmp_path)).text
    assert reason in reasons_found(json.loads(plan))


def test_isolated_functions_stay_alone_whatever_is_asked_for():
    """Also as aggregates, where cuts are chosen anew, and by any name that SQL has for them; a pin that asks for the contrary is an error."""
    query = "SELECT max(length(upper(CAST(range AS utf8))) + 1) AS m, count(ceiling(range * 1.5e0)) AS c FROM range(300000)"
    for settings in (("fusion.isolate=MAX, ceil",), ("fusion.isolate=max ceiling", "fusion.adapt=always"), ("fusion.isolate=max,ceil", "fusion.mode=full", "tier=compiled")):
        words = [word for setting in settings for word in ("--set", setting)]
        plan = json.loads(program.succeed("sql", f"EXPLAIN (ANALYZE, FUSION, FORMAT json) {query}", *words).text)
        apart = {loop for loop in plan["stages"][0]["loops"].split(" | ") if "-" not in loop}
        alone = {edge["from"].split("#")[1].split()[0] for edge in edges(plan) if " max_" in edge["from"] or " ceil_" in edge["from"]}
        assert len(alone) == 2 and {f"#{step}" for step in alone} <= apart, plan["stages"][0]["loops"]
        assert any("isolation" in edge["barriers"] for edge in edges(plan))
    cut = next(edge["cut"] for edge in edges(plan) if "isolation" in edge["barriers"])
    program.fail("sql", query, "--set", "fusion.isolate=max,ceil", "--set", f"fusion.edge.{cut}=register", says=["cannot be pinned to register", "fusion.isolate names"])
    program.fail("sql", query, "--set", "fusion.isolate=max,cail", says=["found 'cail'", "ceil"])
    program.fail("sql", query, "--set", "fusion.isolate=max,none", says=["found 'none'"])
    program.fail("sql", query, "--set", "fusion.isolate=max,,ceil", says=["found ''"])


def edges(value):
    if isinstance(value, dict):
        return ([value] if "barriers" in value else []) + [edge for inner in value.values() for edge in edges(inner)]
    return [edge for inner in value for edge in edges(inner)] if isinstance(value, list) else []


def test_all_that_forbids_is_listed():
    """Of a cut that is pinned, and behind a probe: both are said."""
    query = REASONS["expands"][1]
    free = json.loads(program.succeed("explain", "--fusion", "--format", "json", query).text)
    cut = next(edge["cut"] for edge in edges(free) if edge["reason"] == "expands")
    pinned = program.succeed("explain", "--fusion", "--format", "json", "--set", f"fusion.edge.{cut}=staged", query).text
    edge = next(edge for edge in edges(json.loads(pinned)) if edge["cut"] == cut)
    assert edge["reason"] == "pinned" and edge["barriers"] == ["pinned", "expands"]
    text = program.succeed("explain", "--fusion", "--set", f"fusion.edge.{cut}=staged", query).text
    assert "; also expands" in text


def test_the_list_is_complete():
    source = pathlib.Path("src/fuse/reasons.cc").read_text()
    assert set(re.findall(r'\{Reason::k\w+, "(\w+)"', source)) == set(REASONS) | set(ELSEWHERE)
