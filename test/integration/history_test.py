"""Goal: the history store has what the program ran, survives kill -9 and other processes, and is never in a query's way."""

import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import time

import program
import pytest

WRITER = program.BINARY.parent / "test_observe"
KILLS = 50


@pytest.fixture
def store(tmp_path):
    return tmp_path / "state/history.db"


def at(path):
    return {"HEADRACE_HISTORY": str(path)}


def select(store, query):
    connection = sqlite3.connect(store)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def history(store, *arguments):
    """What `headrace history` prints as CSV, without the line of names."""
    return program.succeed("history", "--format", "csv", *arguments, environment=at(store)).text.splitlines()[1:]


def test_a_run_is_kept_with_its_stages_edges_and_rules(store, table):
    path = table("a,b", "1,2", "3,4", "5,6")
    query = f"SELECT sum(a + b) AS s FROM '{path}' WHERE a > 1 AND 1 = 1"
    program.succeed("sql", "--threads", "7", "--set", "vector_rows=64", query, environment=at(store))
    assert len(history(store)) == 1
    assert select(store, "SELECT query, threads, settings, outcome FROM runs") == [
        (query, 7, '{"threads": "7", "vector_rows": "64"}', "ok")]
    (source, sink, rows_in, measured, predicted), *_ = select(
        store, "SELECT source, sink, rows_in, measured_ns_per_row, predicted_ns_per_row FROM stages ORDER BY stage")
    assert path.name in source and "aggregate all" in sink and rows_in == 3 and measured > 0 and predicted > 0
    explained = program.succeed("explain", "--fusion", query).text
    for from_step, reason in select(store, "SELECT from_step, reason FROM edges"):
        assert from_step.removeprefix("stage 0 ") in explained
        assert reason
    assert ("fold_constants", 1) in select(store, "SELECT rule, fired FROM rules")
    assert ("top_n", 1) not in select(store, "SELECT rule, fired FROM rules")


def test_runs_that_fail_are_kept_too_and_those_of_verify_are_not(store):
    program.fail("sql", "SELECT 1 // 0", environment=at(store))
    program.succeed("verify", stdin="SELECT 1", environment=at(store))
    program.succeed("explain", "--analyze", "SELECT 2", environment=at(store))
    program.succeed("sql", "SELECT 3; SELECT 4", environment=at(store))
    assert len(history(store)) == 4
    assert select(store, "SELECT query, outcome FROM runs ORDER BY started_us") == [
        ("SELECT 1 // 0", "fault"), ("SELECT 2", "ok"), ("SELECT 3", "ok"), ("SELECT 4", "ok")]


def test_a_long_text_is_cut_between_characters_and_its_hash_is_of_all(store):
    for last in "ab":
        program.succeed("sql", f"SELECT '{'ü' * 5000}' AS {last}", environment=at(store))
    assert len(history(store)) == 2
    (first, first_hash), (second, second_hash) = select(store, "SELECT query, query_hash FROM runs ORDER BY id")
    assert first == second == "SELECT '" + "ü" * ((4096 - 8) // 2)
    assert first_hash != second_hash


def test_the_last_runs_are_listed_first(store):
    for number in range(5):
        program.succeed("sql", f"SELECT {number}", environment=at(store))
    lines = history(store, "--limit", "2")
    assert [line.split(",")[2] for line in lines] == ["SELECT 4", "SELECT 3"]
    program.fail("history", environment=at("off"), says=["keeps no history"])


def report(store):
    lines = program.succeed("fusion", "report", "--format", "csv", "--limit", "1000", environment=at(store)).text.splitlines()[1:]
    return [line.split(",") for line in lines]


def test_what_rules_save_is_predicted_and_measured(store):
    query = "SELECT range * 7919 % 1000003 AS x FROM range(1000000) ORDER BY x LIMIT 3"
    measured = program.succeed("fusion", "measure", query, environment=at(store)).text
    assert "fusion.rule.top_n" in measured and "push_filters" not in measured
    (line,) = [line for line in report(store) if line[:2] == ["rule", "top_n"]]
    assert float(line[3]) > 0 and float(line[4]) > 0, "a sort of a million rows takes longer than three of them"
    assert not [line for line in report(store) if line[:2] == ["rule that does not pay", "top_n"]]


def test_what_a_loop_saves_is_measured_once(store):
    rows = 4_000_000
    query = f"SELECT sum((range * 3 + 1) * (range & 7) - range // 5) AS s FROM range({rows})"
    program.succeed("sql", "--threads", "1", "--set", "tier=compiled", query, environment=at(store))
    assert history(store)
    gains = select(store, "SELECT max(measured_gain_ns) FROM edges WHERE measured_gain_ns IS NOT NULL GROUP BY cut")
    (unfused,), = select(store, "SELECT unfused_ns_per_row FROM stages WHERE stage = '0'")
    assert len(gains) > 1 and sum(gain for gain, in gains) <= unfused * rows
    assert sum(gain for gain, in gains) > 0


def test_off_writes_nothing(tmp_path):
    home = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    program.succeed("sql", "SELECT 1", environment={**home, **at("off")})
    assert list(tmp_path.iterdir()) == []
    program.succeed("sql", "SELECT 1", environment={**home, **at("")})
    assert len(list((tmp_path / "state/headrace/history.db-runs").iterdir())) == 1


def test_processes_at_once_lose_nothing(store):
    processes = [program.start("sql", f"SELECT {number}; SELECT sum(range) FROM range({number})", environment=at(store))
                 for number in range(90)]
    for process in processes:
        assert process.wait(program.SECONDS_MAX) == 0, process.stderr.read()
        assert process.stderr.read() == b""
    assert len(history(store, "--limit", "1000")) == 180
    assert select(store, "SELECT count(DISTINCT query) FROM runs") == [(180,)]
    assert select(store, "PRAGMA integrity_check") == [("ok",)]


def test_a_place_that_cannot_be_written_is_a_note(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file/history.db", "/proc/nowhere/history.db"):
        done = program.succeed("sql", "--format", "csv", "SELECT 1 AS a", environment=at(path))
        assert done.text == "a\n1\n"
        assert done.stderr.startswith("note: the history store keeps nothing: "), done.stderr
        assert done.stderr.count("\n") == 1


def test_a_full_disk_is_a_note(tmp_path):
    folder = tmp_path / "full"
    folder.mkdir()
    if shutil.which("mount") is None or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder],
                                                       capture_output=True, check=False).returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        with open(folder / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                pass
        done = program.succeed("sql", "--format", "csv", "SELECT 1 AS a", environment=at(folder / "history.db"))
        assert done.text == "a\n1\n"
        assert "no space left" in done.stderr
        assert not [path for path in folder.rglob("*.run")]
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_damaged_store_is_set_aside(store):
    store.parent.mkdir()
    store.write_bytes(b"x" * 10_000)
    program.succeed("sql", "SELECT 1", environment=at(store))
    assert len(history(store)) == 1
    assert [path.read_bytes() for path in store.parent.glob("history.db.damaged-*")] == [b"x" * 10_000]


def test_pages_that_are_damaged_behind_the_header_are_set_aside(store):
    for number in range(200):
        program.succeed("sql", f"SELECT {number}", environment=at(store))
    assert len(history(store, "--limit", "1000")) == 200
    select(store, "PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(store.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    store.write_bytes(bytes(content))
    for leftover in (store.with_name("history.db-wal"), store.with_name("history.db-shm")):
        leftover.unlink(missing_ok=True)
    program.succeed("sql", "SELECT 'after'", environment=at(store))
    outcome = program.run("history", "--format", "csv", environment=at(store))
    assert outcome.code == 0 and "was damaged: it is now" in outcome.stderr
    assert [line.split(",")[2] for line in outcome.text.splitlines()[1:]] == ["SELECT 'after'"]
    assert list(store.parent.glob("history.db.damaged-*"))


def test_a_newer_store_is_refused_and_costs_no_query(store):
    program.succeed("sql", "SELECT 1", environment=at(store))
    history(store)
    select(store, "PRAGMA user_version = 9")
    program.fail("history", environment=at(store), says=["version 9, expected at most 3"])
    assert program.succeed("sql", "SELECT 1", environment=at(store)).stderr == ""
    assert select(store, "SELECT count(*) FROM runs") == [(1,)]


@pytest.mark.slow
def test_kill_at_any_time_loses_no_quarantine(store):
    """Two processes write; one is killed, then the other. What they said was in quarantine is there, and the file is whole."""
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    store.parent.mkdir()
    expected = set()
    for _ in range(KILLS // 2):
        writers = [subprocess.Popen([WRITER, "--gtest_filter=HistoryWriter.*"], stdout=subprocess.PIPE, text=True,
                                    env={**os.environ, "HEADRACE_TEST_HISTORY": str(store)}) for _ in range(2)]
        for writer in writers:
            time.sleep(chance.uniform(0.0, 0.15))
            writer.send_signal(signal.SIGKILL)
            said = [line.split() for line in writer.communicate()[0].splitlines() if line.endswith(".")]
            assert writer.returncode == -signal.SIGKILL
            expected |= {(words[2], int(words[3])) for words in said if words[:1] == ["quarantined"]}
            if store.exists():
                assert select(store, "PRAGMA integrity_check") == [("ok",)]
        if expected:
            kept = set(select(store, "SELECT build, shape_hash FROM quarantine"))
            assert expected <= kept
    assert len(expected) > KILLS
    program.succeed("sql", "SELECT 1", environment=at(store))
    assert history(store)[0].split(",")[2] == "SELECT 1"
    assert not list(pathlib.Path(store.parent).glob("*.damaged*"))
