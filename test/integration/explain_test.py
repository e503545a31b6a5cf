"""explain: the forms print and read back, the decisions carry reasons, and the text and JSON say the same."""

import json

import program
import pytest

STAGES = ("logical", "optimized", "stages", "fused")
DECISIONS = {"register", "staged", "materialized"}

QUERIES = {
    "chain": "SELECT sum(x) FROM (SELECT range * 3 + 1 AS x FROM range(0, 100000)) AS t WHERE x % 2 = 0",
    "group": "SELECT range % 10 AS k, avg(range) AS m FROM range(0, 1000) GROUP BY k HAVING count(*) > 1 ORDER BY m DESC LIMIT 3",
    "join": """SELECT a.range AS l, b.range AS r FROM range(0, 100) AS a LEFT JOIN range(50, 150) AS b ON a.range = b.range
               WHERE a.range > 10 ORDER BY l""",
    "union": "SELECT upper('x') AS c UNION ALL SELECT CASE WHEN range > 1 THEN 'a' ELSE 'b''\" ;' END FROM range(0, 3)",
}


def edges_of(value):
    """Every object with from, to, decision and reason, wherever it stands."""
    if isinstance(value, dict):
        if {"from", "to", "decision", "reason"} <= value.keys():
            yield value
        for inner in value.values():
            yield from edges_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from edges_of(inner)


def fusion_of(query, *arguments):
    outcome = program.succeed("explain", "--fusion", "--format", "json", *arguments, query)
    return list(edges_of(json.loads(outcome.text)))


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", QUERIES)
def test_a_form_reads_back_to_itself(stage, name):
    text = program.succeed("explain", f"--stage={stage}", QUERIES[name]).text
    assert text.strip()
    assert program.succeed("form", stage, "--print", stdin=text).text == text


@pytest.mark.parametrize("name", QUERIES)
def test_the_fused_form_runs(name):
    text = program.succeed("explain", "--stage=fused", QUERIES[name]).text
    again = program.succeed("form", "fused", "--format", "csv", stdin=text).text
    assert again == program.csv(QUERIES[name])


@pytest.mark.parametrize("name", QUERIES)
def test_every_edge_has_a_decision_and_a_reason(name):
    edges = fusion_of(QUERIES[name])
    assert edges
    for edge in edges:
        assert edge["decision"] in DECISIONS, edge
        assert all(isinstance(edge[key], str) and edge[key] for key in ("from", "to", "reason")), edge


def test_modes_decide():
    decisions = {}
    for mode in ("off", "staged", "full", "on"):
        edges = fusion_of(f"SET fusion.mode = {mode}; {QUERIES['chain']}")
        decisions[mode] = [edge["decision"] for edge in edges if "sink" not in edge["to"]]
    assert "register" not in decisions["off"] + decisions["staged"]
    assert "register" in decisions["full"]
    assert len({len(edges) for edges in decisions.values()}) == 1, decisions


def test_a_pin_is_obeyed_and_named():
    free = fusion_of(f"SET fusion.mode = full; {QUERIES['chain']}")
    pinned = fusion_of(f"SET fusion.mode = full; SET fusion.edge.0.0 = staged; {QUERIES['chain']}")
    changed = [(before, after) for before, after in zip(free, pinned) if before["decision"] != after["decision"]]
    assert [after["decision"] for _, after in changed] == ["staged"], changed
    assert "pin" in changed[0][1]["reason"].lower()


def test_text_names_the_decisions_too():
    text = program.succeed("explain", "--fusion", QUERIES["chain"]).text
    for edge in fusion_of(QUERIES["chain"]):
        assert edge["decision"] in text


def test_analyze_counts_rows():
    text = program.succeed("explain", "--analyze", QUERIES["chain"]).text
    assert "100000" in text or "100,000" in text, text


def test_the_statement_explains_as_the_command_does():
    query = QUERIES["group"]
    assert program.succeed("explain", query).text.strip()
    assert program.csv(f"EXPLAIN {query}").strip()


def test_explain_runs_nothing(tmp_path):
    program.succeed("explain", f"COPY (SELECT 1) TO '{tmp_path}/out.csv' (FORMAT csv)")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("arguments, says", [
    (("explain", "--stage=logicla", "SELECT 1"), ["logicla", "logical"]),
    (("explain", "SELECT nothing"), ["nothing"]),
    (("explain", "SELECT FROM WHERE"), [r"line 1, column", r"\^"]),
])
def test_mistakes(arguments, says):
    program.fail(*arguments, says=says)


@pytest.mark.parametrize("stage", STAGES)
def test_a_broken_form_is_an_error(stage):
    text = program.succeed("explain", f"--stage={stage}", QUERIES["join"]).text
    for broken in (text[:len(text) // 2], text.replace("a", "q", 5), "", "\0\xff nonsense", text + text):
        outcome = program.run("form", stage, stdin=broken)
        assert 0 <= outcome.code <= 100, f"{program.describe(outcome.code)} on:\n{broken}"
