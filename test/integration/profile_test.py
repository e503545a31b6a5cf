"""Goal: EXPLAIN ANALYZE says what each step of a stage took in, gave, wrote and was sampled at, also within fused loops."""

import json
import pathlib
import shutil
import subprocess

import pytest
from program import BINARY, ROOT, csv, fail, start, succeed

QUERY = """SELECT sum(sqrt(range * 1.0)) AS a,
max(range % 7) AS b,
sum(range * 3 + 1) AS c
FROM range({rows}) WHERE range % 3 <> 1 AND range % 5 <> 1"""
FIXED = ["--set", "fusion.adapt=off", "--set", "fusion.shadow_share=0"]


def stages(query, *settings):
    return json.loads(succeed("sql", f"EXPLAIN (ANALYZE, FORMAT json) {query}", *settings).text)["stages"]


def parts(stage):
    return {part["part"]: part for part in stage["parts"]}


@pytest.mark.parametrize("settings", [("--set", "fusion.mode=off", "--set", "tier=interpreted"), ("--set", "fusion.mode=full", "--set", "tier=compiled"),
                                      ("--set", "fusion.mode=staged", "--set", "tier=compiled")], ids=lambda s: s[1])
def test_rows_are_counted(settings):
    rows = 100_000
    stage = stages(QUERY.format(rows=rows), *FIXED, *settings, "--threads", "2")[0]
    found = parts(stage)
    left = int(csv(f"SELECT count(*) AS n FROM range({rows}) WHERE range % 3 <> 1 AND range % 5 <> 1").split()[1])
    first = next(part for part in stage["parts"] if part["part"].startswith("#0 "))
    assert first["rows_in"] == rows and first["rows_in_counted"]
    filters = [part for part in stage["parts"] if part["part"].endswith(" filter")]
    assert filters[-1]["rows_out"] == left and filters[-1]["rows_out_counted"]
    sums = [part for part in stage["parts"] if " sum_" in part["part"] or " max_" in part["part"]]
    assert len(sums) == 3 and all(part["rows_in"] == left for part in sums)
    assert found["source"]["rows_out"] == rows
    assert found["source"]["bytes_written"] == 8 * rows


@pytest.mark.parametrize("settings", [("fusion.mode=off", "tier=interpreted"), ("fusion.mode=full", "tier=compiled"), ("fusion.mode=full", "tier=compiled", "fusion.shadow_share=1")],
                         ids=lambda s: s[-1])
def test_faults_that_become_null_are_counted(settings):
    query = "SELECT sum(7 // (range % 4)) AS a, count(CAST(range % 300 AS int8)) AS b FROM range(120000) WHERE range % 3 = 0"
    words = [word for setting in (*settings, "on_error=null", "fusion.adapt=off", "threads=2") for word in ("--set", setting)]
    found = parts(stages(query, *words)[0])
    faults = {name.split()[1]: part["faults"] for name, part in found.items() if part["faults"]}
    assert faults == {"integer_divide_i64_i64": 10_000, "cast_to_int8_i64": 22_800}
    text = succeed("sql", f"EXPLAIN ANALYZE {query}", *words).text
    assert "integer_divide_i64_i64 10000, " in text and "cast_to_int8_i64 22800" in text


def test_steps_are_where_the_query_has_them():
    stage = stages(QUERY.format(rows=1000))[0]
    lines = {part["part"].split()[1]: part["where"].split(":")[0] for part in stage["parts"] if part["where"]}
    assert lines["sqrt_f64"] == "1" and lines["multiply_i64_i64"] == "3"


def test_samples_are_charged():
    """Work goes on until there are enough samples to tell; what is not charged to a step, the source or the sink is little."""
    rows = 4_000_000
    while True:
        stage = stages(QUERY.format(rows=rows))[0]
        if stage["samples"] >= 100:
            break
        assert rows < 10**10, "nothing is sampled"
        rows *= 4
    total = sum(part["cpu_ns"] for part in stage["parts"])
    assert sum(part["samples"] for part in stage["parts"]) == stage["samples"]
    steps = sum(part["cpu_ns"] for part in stage["parts"] if part["part"].startswith("#"))
    assert steps > total / 2
    assert parts(stage)["between"]["cpu_ns"] < total / 4


def test_off_and_on_with_words():
    assert all(stage["samples"] == 0 for stage in stages(QUERY.format(rows=1_000_000), "--set", "samples_per_second=0"))
    fail("sql", "SET samples_per_second = 20000", says=["samples_per_second", "10000"])
    text = succeed("sql", "EXPLAIN ANALYZE " + QUERY.format(rows=1000)).text
    assert "rows in" in text and "sqrt_f64" in text


def test_faults_are_counted_at_their_step():
    sql = "EXPLAIN (ANALYZE, FORMAT json) SELECT sum(10 // (range - 5)) AS s FROM (SELECT range FROM range(10) LIMIT 4) t"
    assert all(part["faults"] == 0 for stage in json.loads(succeed("sql", sql).text)["stages"] for part in stage["parts"])
    # Row 5 faults in a batch of which the rows in front are enough.
    stage = stages("SELECT 10 // (range - 5) AS q FROM range(10) LIMIT 4")[0]
    faults = {name.split()[-1]: part["faults"] for name, part in parts(stage).items()}
    assert faults["integer_divide_i64_i64"] == 1 and sum(faults.values()) == 1


LOOP = ["sql", "--set", "tier=compiled", "--set", "threads=1", "SELECT max(range % 7) AS m FROM range(100000) WHERE range % 3 <> 1"]


def test_perf_sees_the_names_of_steps():
    process = start(*LOOP, environment={"HEADRACE_PERF_MAP": "1"})
    process.communicate()
    path = pathlib.Path(f"/tmp/perf-{process.pid}.map")
    names = path.read_text().splitlines()
    path.unlink()
    for line in names:
        begin, size, loop, number = line.split()[:4]
        assert int(begin, 16) > 0 and int(size, 16) > 0 and loop == "loop" and number.isdecimal()
    steps = {" ".join(line.split()[4:]) for line in names}
    assert any(step.endswith("modulo_i64_i64") for step in steps)


@pytest.mark.skipif(shutil.which("gdb") is None, reason="needs gdb")
def test_gdb_sees_the_names_of_steps(tmp_path):
    commands = tmp_path / "commands"
    commands.write_text("""set breakpoint pending on
set pagination off
break headrace_loop
run
python
names = set()
for _ in range(400):
    gdb.execute("stepi", to_string=True)
    names.add(gdb.selected_frame().name())
print("names", names)
end
kill
""")
    done = subprocess.run(["gdb", "-q", "-batch", "-x", commands, "--args", BINARY, *LOOP], capture_output=True, text=True, cwd=ROOT, timeout=240, check=False,
                          env={"HEADRACE_DEBUG_INFO": "1", "HEADRACE_HISTORY": "off", "PATH": "/usr/bin:/bin"})
    assert "modulo_i64_i64" in done.stdout.partition("names ")[2] and "headrace_loop" in done.stdout, done.stdout + done.stderr
