"""What is measured while a query runs undoes a fusion that does not pay, keeps a trickle interpreted, and stands in explain and in the history store.

Machine code that is right and slow comes from the module that shadow_test.py uses: products of int64 take long, all of them ("slow"), or one in
about 100,000 very long ("stalls").
"""

import json
import sqlite3

import program
from shadow_test import run

ROWS = 6_000_000
QUERY = f"SELECT sum(((range & 1023) + 1) * (range & 7)) AS s FROM range({ROWS})"
RARE = f"SELECT sum((((range + 1) * 3) & 1023)) AS s FROM range({ROWS})"
CHOSEN = ("fusion.mode=on", "fusion.shadow_share=0", "threads=1")


def explained(mode, query, state, *settings):
    done = run(mode, "explain", "--fusion", "--analyze", "--format", "json", query, state=state, settings=[*CHOSEN, *settings])
    report = json.loads(done.stdout)
    return report["stages"][0], {edge["reason"] for edge in report["edges"]}


def test_a_loop_that_takes_longer_than_its_steps_apart_is_undone(tmp_path):
    stage, reasons = explained("slow", QUERY, tmp_path)
    assert "measured_slower" in reasons
    undone = [change for change in stage["changes"] if "undone: its machine code took" in change]
    assert 1 <= len(undone) <= 2, stage["changes"]
    answer = run("slow", "sql", "--format", "csv", QUERY, state=tmp_path, settings=CHOSEN).stdout.split()[1]
    assert int(answer) == sum(((row & 1023) + 1) * (row & 7) for row in range(ROWS))


def test_the_history_store_says_so(tmp_path):
    run("slow", "sql", QUERY, state=tmp_path, settings=CHOSEN)
    program.succeed("history", environment={"HEADRACE_HISTORY": str(tmp_path / "history.db")})  # takes in what runs have left
    with sqlite3.connect(tmp_path / "history.db") as store:
        found = store.execute("SELECT reason, changes FROM edges WHERE changes LIKE '%undone: its machine code%'").fetchall()
    assert any(reason == "measured_slower" for reason, _ in found), found


def test_a_loop_that_pays_stays(tmp_path):
    stage, reasons = explained("never", QUERY, tmp_path)
    assert "measured_slower" not in reasons and not any("undone" in change for change in stage["changes"])


def test_a_latency_target_is_a_condition(tmp_path):
    """One batch in fifty takes long: a hundred batches take no longer in all than the steps apart would, but the slowest one does."""
    stage, reasons = explained("stalls", RARE, tmp_path, "latency_target=50us")
    assert "latency_target" in reasons
    assert any("of which latency_target wants 0.050" in change for change in stage["changes"]), stage["changes"]
    _, without = explained("stalls", RARE, tmp_path)
    assert "latency_target" not in without


def test_a_latency_target_that_is_kept_changes_nothing(tmp_path):
    stage, reasons = explained("never", RARE, tmp_path, "latency_target=1s")
    assert "latency_target" not in reasons and stage["latency"]["p99_ns"] < 1e9


def stages(*arguments):
    return json.loads(program.succeed("explain", "--analyze", "--format", "json", *arguments).text)["stages"]


def test_little_work_gets_no_machine_code():
    query = "SELECT k + 1 AS x FROM (SELECT range % 3 AS k, count(*) AS c FROM range(300000) GROUP BY k)"
    behind = stages(query)[1]
    assert behind["below_load"] and behind["morsels_compiled"] == 0
    assert not stages("--set", "fusion.load_min=0", query)[1]["below_load"]
    text = program.succeed("explain", "--analyze", query).text
    assert "too little work for machine code" in text


def test_batches_and_queues_are_counted():
    stage = stages("--set", "tier=compiled", "--set", "fusion.shadow_share=0", "SELECT sum(range * 3) AS s FROM range(2048000)")[0]
    latency = stage["latency"]
    assert latency["batches"] + latency["apart_batches"] == 1000
    assert 0 < latency["p50_ns"] <= latency["p99_ns"]
    assert 0 <= stage["queue_depth"]["mean"] <= stage["queue_depth"]["max"]


def test_a_target_that_is_none_is_refused():
    for value in ("soon", "5", "-1ms", "0ms"):
        failed = program.fail("sql", f"SET latency_target = '{value}'")
        assert "off, or a time such as 250us, 5ms or 1s" in failed.stderr
    assert program.succeed("sql", "--format", "csv", "SET latency_target = '5ms'; SHOW latency_target").text.split(",")[-1].strip() == "5000us"
