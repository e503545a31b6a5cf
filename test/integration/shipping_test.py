"""A stage shipped to a second process, which has only its text and an Arrow stream on standard input, gives the same bits."""

import os
import pathlib
import re
import subprocess


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
