"""COPY … TO a directory: partitions as hive and DuckDB have them, and all or nothing whatever ends the process."""

import datetime
import os
import pathlib
import random
import signal
import subprocess
import time

import duckdb
import pyarrow.parquet as parquet
import pytest

import program
from program import csv, fail, succeed


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


READERS = {
    "parquet": "read_parquet('{}/**/*.parquet', hive_partitioning = true)",
    "csv": "read_csv('{}/**/*.csv', hive_partitioning = true, header = true, all_varchar = true)",
    "ndjson": "read_json('{}/**/*.ndjson', hive_partitioning = true, format = 'newline_delimited')",
}

KEYS = """SELECT range AS n, range % 7 AS a, CASE WHEN range % 5 = 0 THEN NULL ELSE 'x/y =%é' || range % 3 END AS b,
          DATE '2024-01-30' + CAST(range % 4 AS int) AS d, 'a text that is longer than a view ' || range AS t FROM range({})"""


@pytest.mark.parametrize("file_format", READERS)
@pytest.mark.parametrize("threads", [1, 3])
def test_duckdb_reads_the_partitions(tmp_path, file_format, threads):
    out = tmp_path / "out"
    succeed("sql", f"""SET threads = {threads}; COPY ({KEYS.format(150_000)}) TO '{out}'
                       (FORMAT {file_format}, PARTITION_BY (a, b, d))""")
    names = files_below(out)
    ending = file_format
    assert len(names) == 7 * 4 * 4 and all(name.endswith(f"/data_0.{ending}") for name in names)
    assert f"a=0/b=__HIVE_DEFAULT_PARTITION__/d=2024-01-31/data_0.{ending}" in names
    assert f"a=1/b=x%2Fy%20%3D%25%C3%A91/d=2024-01-31/data_0.{ending}" in names
    connection = duckdb.connect()
    query = "SELECT cast(n AS bigint) AS n, cast(a AS bigint), cast(b AS varchar), cast(d AS date), t FROM {} ORDER BY n"
    found = connection.execute(query.format(READERS[file_format].format(out))).fetchall()
    assert found == connection.execute(query.format(f"({KEYS.format(150_000)})")).fetchall()
    # The rows of a file are in the order of the input, and the partition's columns are not among them.
    if file_format == "parquet":
        table = parquet.read_table(out / names[0], partitioning=None)
        assert table.column_names == ["n", "t"]
        assert table["n"].to_pylist() == sorted(table["n"].to_pylist())


def test_the_same_files_on_any_number_of_threads(tmp_path):
    digests = set()
    for threads in (1, 2, 5):
        out = tmp_path / str(threads)
        succeed("sql", f"SET threads = {threads}; COPY ({KEYS.format(200_000)}) TO '{out}' "
                       "(FORMAT parquet, PARTITION_BY (a, b), ROW_GROUP_SIZE 3000)")
        digests.add(tuple((name, (out / name).read_bytes()) for name in files_below(out)))
    assert len(digests) == 1


TYPES = {
    "bool": ("range % 2 = 0", ["true", "false"]),
    "decimal": ("cast(range % 2 AS decimal(9,2)) / 4", None),
    "timestamp": ("TIMESTAMP '2013-01-01 05:00:00' + INTERVAL 1 DAY * (range % 2)", ["2013-01-01%2005%3A00%3A00", "2013-01-02%2005%3A00%3A00"]),
    "double": ("CASE range % 3 WHEN 0 THEN -0.0e0 WHEN 1 THEN 0.0e0 ELSE 1.5e0 END", ["0.0", "1.5"]),
    "hugeint": ("cast('99999999999999999999999999999999999999' AS decimal(38,0))", None),
    "empty": ("''", [""]),
}


@pytest.mark.parametrize("name", TYPES)
def test_directories_are_named_by_values(tmp_path, name):
    expression, expected = TYPES[name]
    out = tmp_path / "out"
    succeed("sql", f"COPY (SELECT range AS n, {expression} AS k FROM range(10)) TO '{out}' (FORMAT csv, PARTITION_BY k)")
    found = sorted(path.name.removeprefix("k=") for path in out.iterdir())
    if expected is None:
        duck = tmp_path / "duck"
        duckdb.connect().execute(f"COPY (SELECT range AS n, {expression} AS k FROM range(10)) TO '{duck}' (FORMAT csv, PARTITION_BY k)")
        expected = [path.name.removeprefix("k=") for path in duck.iterdir()]
    assert found == sorted(expected)


def test_modes(tmp_path):
    out = tmp_path / "out"
    copy = "COPY (SELECT {a} AS a, {n} AS n) TO '" + str(out) + "' (FORMAT csv, PARTITION_BY (a){more})"
    succeed("sql", copy.format(a=1, n=1, more=""))
    succeed("sql", copy.format(a=2, n=2, more=", OVERWRITE_OR_IGNORE"))
    assert files_below(out) == ["a=1/data_0.csv", "a=2/data_0.csv"]
    fail("sql", copy.format(a=1, n=9, more=""), says=["directory is not empty", "give OVERWRITE"])
    succeed("sql", copy.format(a=1, n=3, more=", APPEND"))
    appended = [name for name in files_below(out) if name not in ("a=1/data_0.csv", "a=2/data_0.csv")]
    assert len(appended) == 1 and appended[0].startswith("a=1/data_")
    assert sorted(csv(f"SELECT n FROM '{out}/**/*.csv'").split()) == ["1", "2", "3", "n"]
    succeed("sql", copy.format(a=3, n=4, more=", OVERWRITE, FILENAME_PATTERN 'part-{i}', FILE_EXTENSION 'txt'").replace("{i}", "{i}"))
    assert files_below(out) == ["a=3/part-0.txt"]
    assert [path.name for path in out.iterdir()] == ["a=3"]


def test_wrong_options(tmp_path):
    out = tmp_path / "out"
    for options, says in [
        ("FORMAT csv, PARTITION_BY (c)", "names column 'c', which is not written"),
        ("FORMAT csv, PARTITION_BY (a, A)", "names column 'A' twice"),
        ("FORMAT csv, PARTITION_BY (a, b, l)", "not partitioned by column 'l', which is int32\\[\\]"),
        ("FORMAT csv, PARTITION_BY (a), OVERWRITE, APPEND", "one of overwrite_or_ignore, overwrite and append"),
        ("PARTITION_BY (a)", "give FORMAT parquet, csv, ndjson or arrow"),
        ("FORMAT csv, FILENAME_PATTERN 'x{i}'", "option 'filename_pattern' is for several files"),
        ("FORMAT csv, FILE_SIZE_BYTES 'much'", "expects a size such as 256MiB"),
        ("FORMAT csv, PER_THREAD_OUTPUT", "does not write a file for each thread"),
        ("FORMAT csv, PARTITION_BY (a), DELIM 'long'", "delim"),
    ]:
        fail("sql", f"COPY (SELECT 1 AS a, 2 AS b, [1] AS l) TO '{out}' ({options})", says=[says])
        assert list(tmp_path.iterdir()) == [], options
    fail("sql", f"COPY (SELECT 1 AS a) TO '{out}' (FORMAT csv, PARTITION_BY (a))", says=["none is left to write"])
    fail("sql", f"COPY (SELECT 1 AS a, 2 AS b) TO '{out}/x' (FORMAT csv, PARTITION_BY (a))", says=["the one around it is missing"])
    fail("sql", f"COPY (SELECT 1 / (5 - range) AS a, range AS b FROM range(10)) TO '{out}' (FORMAT csv, PARTITION_BY (b))", says=["zero"])
    assert list(tmp_path.iterdir()) == []


def test_no_rows(tmp_path):
    succeed("sql", f"COPY (SELECT 1 AS a, 2 AS b WHERE false) TO '{tmp_path}/p' (FORMAT parquet, PARTITION_BY (a))")
    assert list((tmp_path / "p").iterdir()) == []
    succeed("sql", f"COPY (SELECT 1 AS a, 2 AS b WHERE false) TO '{tmp_path}/f' (FORMAT parquet, FILE_SIZE_BYTES '1MB')")
    assert parquet.read_table(tmp_path / "f/data_0.parquet").column_names == ["a", "b"]


@pytest.mark.parametrize("file_format", ["parquet", "csv", "ndjson", "arrow"])
def test_files_of_a_bounded_size(tmp_path, file_format):
    out = tmp_path / "out"
    succeed("sql", f"""COPY (SELECT range AS n, 'text ' || range * 7919 % 1000003 AS t FROM range(300000)) TO '{out}'
                       (FORMAT {file_format}, FILE_SIZE_BYTES '500kB')""")
    names = sorted(files_below(out), key=lambda name: int(name.split("_")[1].split(".")[0]))
    assert len(names) > 2
    assert all((out / name).stat().st_size < 4_000_000 for name in names)
    parts = ", ".join(f"'{out}/{name}'" for name in names)
    reader = {"parquet": "read_parquet", "csv": "read_csv", "ndjson": "read_ndjson", "arrow": "read_arrow"}[file_format]
    assert csv(f"SELECT count(*) AS c, sum(n) AS s FROM {reader}([{parts}])").split() == ["c,s", "300000,44999850000"]


def test_many_partitions_with_little_memory_and_few_files(tmp_path):
    out = tmp_path / "out"
    rows, partitions = 200_000, 700
    succeed("sql", f"""SET memory_limit = '64MiB'; SET threads = 2;
                       COPY (SELECT range AS n, range * 7919 % {partitions} AS k, repeat('text', 30) || range AS t FROM range({rows}))
                       TO '{out}' (FORMAT parquet, PARTITION_BY (k), PARTITIONED_WRITE_MAX_OPEN_FILES 20)""")
    connection = duckdb.connect()
    found = connection.execute(f"""SELECT count(*), sum(n), count(DISTINCT k), bool_and(n * 7919 % {partitions} = k), bool_and(t = repeat('text', 30) || n)
                                   FROM {READERS['parquet'].format(out)}""").fetchone()
    assert found == (rows, rows * (rows - 1) // 2, partitions, True, True)
    # Each partition's files, in the order of their numbers, have its rows in the order of the input.
    for folder in list(out.iterdir())[:20]:
        files = sorted(folder.iterdir(), key=lambda path: int(path.stem.split("_")[1]))
        read = [n for file in files for n in parquet.read_table(file, columns=["n"], partitioning=None)["n"].to_pylist()]
        assert read == sorted(read)


# A write that is killed at any moment shows all or nothing.

def state_of(out):
    """What a query sees: its recovery is part of what is tested."""
    if not out.exists():
        return None
    outcome = program.run("sql", "--format", "csv", f"SELECT count(*) AS c, sum(n) AS s FROM read_parquet('{out}/**/*.parquet')")
    if outcome.code != 0:
        assert "no file fits" in outcome.stderr, outcome.stderr
        return None
    return outcome.text.split()[1]


def kill_at(tmp_path, query, seconds):
    process = program.start("sql", query, cwd=tmp_path)
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()


def kill_often(tmp_path, kills, seed):
    pick = random.Random(seed)
    out = tmp_path / "out"
    copy = (f"COPY (SELECT range AS n, range % 40 AS k, 'text ' || range AS t FROM range({{rows}})) TO '{out}' "
            "(FORMAT parquet, PARTITION_BY (k), OVERWRITE)")
    began = time.monotonic()
    succeed("sql", copy.format(rows=100_000))
    whole = time.monotonic() - began
    state, seen = "100000,4999950000", {"before": 0, "after": 0}
    rows = 100_000
    for kill in range(kills):
        rows += 1
        after = f"{rows},{rows * (rows - 1) // 2}"
        # Also where the directory is made, and near the end, where files are moved.
        fresh = kill % 4 == 0
        if fresh:
            subprocess.run(["rm", "-rf", out], check=True)
            state = None
        kill_at(tmp_path, copy.format(rows=rows), whole * (pick.random() if kill % 2 else pick.uniform(0.6, 1.2)))
        found = state_of(out)
        assert found in (state, after), (kill, found, state, after)
        seen["after" if found == after else "before"] += 1
        state = found
    succeed("sql", copy.format(rows=10))
    assert state_of(out) == "10,45"
    assert not (out / ".headrace").exists() and not (tmp_path / ".headrace").exists()
    assert len(files_below(out)) == 10
    return seen


def test_killed_writes_show_all_or_nothing(tmp_path):
    kill_often(tmp_path, 8, seed=1)


@pytest.mark.long
def test_killed_writes_show_all_or_nothing_100_times(tmp_path):
    seen = kill_often(tmp_path, 100, seed=2)
    assert seen["before"] > 5 and seen["after"] > 5, seen


def journal(out, identity, moved, removed=()):
    """As a writer leaves it that was killed behind its journal."""
    staging = out / ".headrace" / identity
    (staging / "data").mkdir(parents=True)
    (staging / "lock").touch()
    text = "headrace output journal 1\n" + "".join(f"remove {p}\n" for p in removed) + "".join(f"move {p}\n" for p in moved)
    (staging / "journal").write_text(text + f"end {checksum(text.encode()):016x}\n")
    return staging


def checksum(data):
    def mix(x):
        x ^= x >> 33
        x = x * 0xFF51AFD7ED558CCD % 2**64
        x ^= x >> 33
        x = x * 0xC4CEB9FE1A85EC53 % 2**64
        return x ^ x >> 33
    golden = 0x9E3779B97F4A7C15
    value = len(data) * golden % 2**64
    while len(data) >= 8:
        value = (mix(value ^ int.from_bytes(data[:8], "little")) + golden) % 2**64
        data = data[8:]
    return mix(value ^ int.from_bytes(data, "little"))


def test_a_scan_completes_what_was_committed(tmp_path):
    out = tmp_path / "out"
    succeed("sql", f"COPY (SELECT range AS n, range % 2 AS k FROM range(10)) TO '{out}' (FORMAT csv, PARTITION_BY (k))")
    staging = journal(out, "1", ["k=5/data_0.csv"], ["k=1/data_0.csv"])
    (staging / "data/k=5").mkdir()
    (staging / "data/k=5/data_0.csv.partial").write_text("n\n500\n")
    garbage = out / ".headrace/2/data"
    garbage.mkdir(parents=True)
    (garbage / "x.csv.partial").write_text("n\n9\n")
    (out / ".headrace/2/lock").touch()
    assert csv(f"SELECT sum(n) AS s FROM '{out}/k=*/*.csv'").split() == ["s", "520"]
    assert sorted(path.name for path in out.iterdir()) == ["k=0", "k=5"]


def test_a_journal_does_not_lead_out_of_its_directory(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious.csv").write_text("n\n1\n")
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.csv").write_text("n\n1\n")
    journal(out, "1", [], ["../outside/precious.csv"])
    fail("sql", f"SELECT * FROM '{out}/*.csv'", says=["journal of an interrupted write is damaged", r"\.headrace/1/journal"])
    subprocess.run(["rm", "-rf", out / ".headrace"], check=True)
    (out / "link").symlink_to(outside)
    journal(out, "1", [], ["link/precious.csv"])
    fail("sql", f"SELECT * FROM '{out}/*.csv'", says=["symbolic link"])
    assert (outside / "precious.csv").exists()
