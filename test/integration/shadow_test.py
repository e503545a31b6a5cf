"""Machine code that is wrong on purpose: what runs both ways finds it, the answer is right all the same, and the loop stays quarantined.

The module libheadrace_compile_wrong.so makes products of int64 that share a loop with the step before them one too large (HEADRACE_MISCOMPILE):
always, in about one row of 100,000, or where an argument is null.
"""

import json
import os
import re
import subprocess

import pytest

from program import BINARY

BINARIES = BINARY.parent

ROWS = 10_240 * 65_536  # of as many morsels
PERIOD = 1024
QUERY = {
    "always": f"SELECT sum(((range & 1023) + 1) * (range & 7)) AS s FROM range({ROWS})",
    "rare": f"SELECT sum((((range + 1) * 3) & 1023)) AS s FROM range({ROWS})",
    "nulls": f"SELECT sum(((range & 1023) + 1) * nullif(range & 7, 3)) AS s FROM range({ROWS})",
}
ANSWER = {
    "always": ROWS // PERIOD * sum(((r & 1023) + 1) * (r & 7) for r in range(PERIOD)),
    "rare": ROWS // PERIOD * sum(((r + 1) * 3) & 1023 for r in range(PERIOD)),
    "nulls": ROWS // PERIOD * sum(((r & 1023) + 1) * (r & 7) for r in range(PERIOD) if r & 7 != 3),
}


def run(mode, command, *arguments, state, settings=(), check=True):
    environment = {**os.environ, "HEADRACE_COMPILE_MODULE": str(BINARIES / "libheadrace_compile_wrong.so"), "HEADRACE_MISCOMPILE": mode,
                   "HEADRACE_HISTORY": str(state / "history.db"), "HEADRACE_CALIBRATION": "", "XDG_STATE_HOME": str(state)}
    options = [part for setting in ("fusion.mode=full", "tier=compiled", *settings) for part in ("--set", setting)]
    done = subprocess.run([BINARIES / "headrace", command, *(options if command in ("sql", "explain", "slt") else ()), *arguments], env=environment,
                          capture_output=True, text=True, check=False, timeout=600)
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("mode", QUERY)
def test_the_module_is_wrong_where_nobody_looks(mode, tmp_path):
    done = run(mode, "sql", "--format", "csv", QUERY[mode], state=tmp_path, settings=["fusion.shadow_share=0", "fusion.rule.value_ranges=on"])
    assert int(done.stdout.split()[1]) != ANSWER[mode]


@pytest.mark.parametrize("threads", ["1", "2"])
@pytest.mark.parametrize("mode", QUERY)
def test_the_answer_is_right_and_the_loop_stays_quarantined(mode, threads, tmp_path):
    done = run(mode, "sql", "--format", "csv", "--threads", threads, QUERY[mode], state=tmp_path)
    assert int(done.stdout.split()[1]) == ANSWER[mode]
    assert "quarantined" in done.stderr
    # Another process knows it from the history store, and runs no machine code for the loop.
    again = run(mode, "sql", "--format", "csv", "--threads", "1", QUERY[mode].replace(str(ROWS), str(PERIOD * 100)), state=tmp_path)
    assert int(again.stdout.split()[1]) == ANSWER[mode] // (ROWS // PERIOD) * 100
    assert "quarantined" not in again.stderr
    explained = run(mode, "explain", "--fusion", "--analyze", QUERY[mode].replace(str(ROWS), str(PERIOD * 100)), state=tmp_path)
    assert "quarantined: machine code of this loop gave another answer" in explained.stdout


def test_loops_inside_a_recursion_are_looked_at(tmp_path):
    """Of its base and of its step: each is quarantined, and the query begins anew."""
    product = "(({n} & 1023) + 1) * ({n} & 7)"
    query = (f"WITH RECURSIVE r(n, s) AS (SELECT range, {product.format(n='range')} FROM range(3) UNION ALL "
             f"SELECT n + 3, {product.format(n='n')} FROM r WHERE n < 3000) SELECT sum(s) AS s FROM r")
    answer = sum(((n & 1023) + 1) * (n & 7) for n in [*range(3), *range(3000)])
    without = run("always", "sql", "--format", "csv", query, state=tmp_path, settings=["fusion.shadow_share=0"])
    assert int(without.stdout.split()[1]) != answer
    for rows in (query.replace("SELECT sum(s) AS s FROM r", "SELECT s FROM r LIMIT 4"), query):
        fresh = tmp_path / str(len(rows))
        fresh.mkdir()
        done = run("always", "sql", "--format", "csv", rows, state=fresh)
        assert "the query was run again" in done.stderr
        assert "LIMIT" in rows or int(done.stdout.split()[1]) == answer
        assert "LIMIT" not in rows or [int(one) for one in done.stdout.split()[1:]] == [0, 2, 6, 0]
    done = run("always", "sql", "--format", "csv", query, state=tmp_path)
    assert int(done.stdout.split()[1]) == answer
    assert done.stderr.count("the loop is quarantined, and the query was run again") == 2
    explained = run("always", "explain", "--fusion", "--analyze", query, state=tmp_path).stdout
    for part in ("base", "step"):
        assert re.search(rf"stage 0 {part}: .*multiply_i64_i64.* quarantined: machine code of this loop gave another answer", explained), explained


def test_a_reproducer_is_left_and_replayed(tmp_path):
    run("always", "sql", QUERY["always"].replace(str(ROWS), "1000000"), state=tmp_path)
    directories = list((tmp_path / "headrace/reproducers").iterdir())
    assert len(directories) == 1 and (directories[0] / "rows.arrow").exists()
    wrong = run("always", "replay", str(directories[0]), state=tmp_path, check=False)
    assert wrong.returncode == 1 and "differ" in wrong.stdout
    right = run("never", "replay", str(directories[0]), state=tmp_path, check=False)
    assert right.returncode == 0 and "same answer" in right.stdout


def test_a_report_of_slt_has_the_note(tmp_path):
    file = tmp_path / "x.test"
    file.write_text(f"query I\n{QUERY['always'].replace(str(ROWS), '1000')}\n----\n1757000\n")
    report = json.loads(run("always", "slt", "--json", str(file), state=tmp_path).stdout)
    assert report["passed"] == 1 and [note["line"] for note in report["notes"]] == [1]
    assert "quarantined" in report["notes"][0]["text"]


def test_a_pilot_widens_while_both_ways_agree(tmp_path):
    query = "SELECT sum((range & 1023) * (range & 7)) AS s FROM range(80_000_000)"
    explained = run("never", "explain", "--analyze", "--threads", "1", query.replace("_", ""), state=tmp_path,
                    settings=["fusion.mode=pilot", "fusion.pilot_share=0.25"])
    assert "50 % of morsels run fused" in explained.stdout and "100 % of morsels run fused" in explained.stdout


def test_verify_looks_at_every_batch(tmp_path):
    query = f"SELECT count(*) AS n FROM (SELECT ((range + 1) * 3) AS x FROM range({ROWS // 256})) WHERE x % 3 = 0"
    done = run("rare", "sql", "--format", "csv", query, state=tmp_path, settings=["fusion.mode=verify", "fusion.shadow_share=0"])
    assert int(done.stdout.split()[1]) == ROWS // 256
    assert "quarantined" in done.stderr


@pytest.mark.parametrize("mode", QUERY)
def test_bisect_names_the_edge(mode, tmp_path):
    done = run(mode, "bisect", QUERY[mode].replace(str(ROWS), "1000000"), state=tmp_path, check=False)
    assert done.returncode == 1, done.stderr
    assert "fusion.edge.0." in done.stdout and "multiply_i64_i64" in done.stdout


def test_rows_that_are_outside_already_make_the_query_fail(tmp_path):
    done = run("always", "sql", f"COPY ({QUERY['always'].replace(str(ROWS), '1000000')}) TO '/dev/stdout' (FORMAT csv)", state=tmp_path, check=False)
    assert done.returncode == 8
    assert "machine code gave another answer" in done.stderr
