"""A stage shipped to a second process, which has only its text and an Arrow stream on standard input, gives the same bits."""

import os
import pathlib
import re
import subprocess

import pytest

PROGRAM = pathlib.Path(os.environ["HEADRACE_BUILD"]).resolve() / "headrace"
FLIGHTS = pathlib.Path("data/nycflights13/flights.csv")
TABLE = f"read_csv('{FLIGHTS}', nullstr = 'NA')"
# The cleaning and aggregating stage of the demo, without its joins.
QUERY = f"""
SELECT carrier, origin, count(*) AS flights, avg(dep_delay) AS departure_delay, sum(distance * 1.609344e0) AS kilometres,
       sum(CASE WHEN arr_delay > 15 THEN 1 ELSE 0 END) AS late, max(upper(dest)) AS last_destination
FROM {TABLE} WHERE dep_time IS NOT NULL AND distance // 2 > 100 GROUP BY carrier, origin"""


def run(*arguments, stdin=None):
    return subprocess.run([PROGRAM, *arguments], input=stdin, capture_output=True, timeout=120)


def test_a_shipped_stage_gives_the_same_bits(tmp_path):
    assert FLIGHTS.exists(), "run ./dev data flights"
    text = run("explain", "--stage=fused", QUERY).stdout.decode()
    source = re.search(r"  source file .*", text).group(0)
    columns = re.findall(r'  value v\d+ "(\w+)"', text.split("stage 1 ")[0])
    assert columns, text
    stage = tmp_path / "stage.txt"
    stage.write_text(text.replace(source, "  source stream"))
    assert "flights.csv" not in stage.read_text()
    rows = run("sql", f"SELECT {', '.join(columns)} FROM {TABLE}", "--format", "arrow")
    assert rows.returncode == 0, rows.stderr

    shipped = run("stage", "--file", str(stage), "--format", "csv", "--threads", "2", stdin=rows.stdout)
    assert shipped.returncode == 0, shipped.stderr.decode()
    expected = run("sql", QUERY, "--format", "csv")
    assert sorted(shipped.stdout.splitlines()) == sorted(expected.stdout.splitlines())
    assert len(expected.stdout.splitlines()) > 20


def test_a_stream_that_does_not_fit_is_an_error(tmp_path):
    text = run("explain", "--stage=fused", "SELECT range + 1 AS x FROM range(5)").stdout.decode()
    stage = tmp_path / "stage.txt"
    stage.write_text(re.sub(r"  source range .*", "  source stream", text))
    rows = run("sql", "SELECT 'a' AS x", "--format", "arrow").stdout
    failed = run("stage", "--file", str(stage), stdin=rows)
    assert 1 <= failed.returncode <= 100
    assert b"int64" in failed.stderr and b"utf8" in failed.stderr


STAGE = """program result 0
sink 0 collect ordered
  inputs 1 in ("y" int64{null}) out ("y" int64{null})
stage 0 to sink 0 input 0
  source stream
  value v0 "x" int64{null}{range}
  compute v1 "add" int64{null} faults = add_i64_i64(v0, 1::int64) @ 1 : 13
  cut register fused
  compute v2 "add" int64{null} faults = add_i64_i64(v1, 1::int64) @ 1 : 13
  cut register fused
  output (v2)
"""


@pytest.mark.parametrize("tier", ["interpreted", "compiled"])
def test_a_stage_meets_nulls_only_where_it_was_compiled_for_them(tmp_path, tier):
    stage = tmp_path / "stage.txt"

    def answer(null, rows, value_range=""):
        stage.write_text(STAGE.format(null=null, range=value_range))
        stream = run("sql", rows, "--format", "arrow").stdout
        return run("stage", "--file", str(stage), "--format", "csv", "--set", f"tier={tier}", stdin=stream)

    with_nulls = "SELECT CASE WHEN range % 2 = 0 THEN range ELSE NULL END AS x FROM range(4)"
    nullable = answer(" ?", with_nulls)
    assert nullable.stdout == b"y\n2\n\n4\n\n", nullable.stderr
    plain = answer("", "SELECT range AS x FROM range(3)")
    assert plain.stdout == b"y\n2\n3\n4\n", plain.stderr
    refused = answer("", with_nulls)
    assert refused.returncode == 2, refused.stdout
    assert b"column 0 ('x'): expected int64 without nulls" in refused.stderr
    assert b"found NULL" in refused.stderr and b"row 2" in refused.stderr and b"hint" in refused.stderr
    out_of_range = answer("", "SELECT range AS x FROM range(3)", " in (0, 1)")
    assert out_of_range.returncode == 2, out_of_range.stdout
    assert b"smaller range" in out_of_range.stderr
