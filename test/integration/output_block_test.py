"""COPYs between BEGIN and COMMIT: what they need of a file is read once, each writes what it would alone, and all appear together."""

import json
import os
import random
import resource
import signal
import subprocess
import threading
import time

import duckdb
import pyarrow
import pyarrow.parquet as parquet
import pytest

import program
from program import fail, succeed

ROWS = 150_000


def block(*copies):
    return "BEGIN;\n" + "".join(f"{copy};\n" for copy in copies) + "COMMIT"


def staging_left(folder):
    return [str(path) for path in folder.rglob("*") if ".headrace" in path.name or path.name.endswith(".partial")]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same rows in each format that is read."""
    folder = tmp_path_factory.mktemp("rows")
    rows = f"""SELECT range AS n, range % 7 AS k, 'text ' || range * 7919 % 1000 AS t, (range % 1000) / 8 AS x,
               CASE WHEN range % 11 = 0 THEN NULL ELSE range % 100 END AS m FROM range({ROWS})"""
    for ending in ("csv", "ndjson", "parquet", "arrow"):
        succeed("sql", f"COPY ({rows}) TO '{folder}/rows.{ending}'")
    return folder


# What each sink writes; those with an order as they are, the others sorted.
QUERIES = {
    "filtered.csv": "SELECT n, t, x * 2 AS y FROM {rows} WHERE m > 50 AND t LIKE '%7%'",
    "all.parquet": "SELECT *, x * 2 AS y, upper(t) AS u FROM {rows}",
    "totals.csv": "SELECT k, count(*) AS c, sum(x) AS s, min(t) AS t FROM {rows} GROUP BY k ORDER BY k",
    "first.ndjson": "SELECT n, m FROM {rows} WHERE n % 3 = 1 LIMIT 5000",
    "last.arrow": "SELECT n, upper(t) AS u FROM {rows} WHERE x * 2 < 100 ORDER BY n DESC LIMIT 100",
    "joined.csv": "SELECT a.n, a.t FROM {rows} a JOIN range(0, 1000, 100) b ON a.n = b.range",
    "sum.ndjson": "SELECT sum(n) AS s, max(x * 2) AS y, count(m) AS c FROM {rows} WHERE m > 50",
}


def copies(folder, rows, queries=None):
    return [f"COPY ({query.format(rows=rows)}) TO '{folder}/{name}'" for name, query in (queries or QUERIES).items()]


@pytest.mark.parametrize("ending", ["csv", "ndjson", "parquet", "arrow"])
@pytest.mark.parametrize("threads", [1, 3])
def test_each_writes_what_it_would_alone(tmp_path, files, ending, threads):
    alone, together = tmp_path / "alone", tmp_path / "together"
    alone.mkdir()
    together.mkdir()
    rows = f"'{files}/rows.{ending}'"
    for copy in copies(alone, rows):
        succeed("sql", f"SET threads = {threads}; {copy}")
    answer = succeed("sql", "--format", "csv", f"SET threads = {threads}; " + block(*copies(together, rows))).text
    counts = [line.rsplit(",", 1) for line in answer.splitlines()]
    assert counts[0] == ["path", "rows"]
    assert [path for path, _ in counts[1:]] == [f"{together}/{name}" for name in QUERIES]
    assert [int(count) for _, count in counts[1:]][1] == ROWS
    for name in QUERIES:
        assert (together / name).read_bytes() == (alone / name).read_bytes(), name
    assert staging_left(tmp_path) == []


def stages(text):
    return json.loads(succeed("explain", "--format", "json", text).text)["stages"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_one_scan_feeds_all(tmp_path, files, ending):
    text = block(*copies(tmp_path, f"'{files}/rows.{ending}'"))
    scans = [stage for stage in stages(text) if "rows." in stage["source"]]
    assert len(scans) == 1 and "fan-out" in scans[0]["sink"]
    assert len([stage for stage in stages("SET fusion.rule.share_scans = off; " + text) if "rows." in stage["source"]]) == len(QUERIES)
    # What several stages compute for all rows is computed once, in front of them; `upper(t)` may fault and stays with each.
    forms = succeed("explain", "--stage", "stages", text).text
    assert forms.count("= multiply_f64") == 1 and forms.count("= upper_str") == 2


@pytest.mark.parametrize("ending", ["csv", "ndjson"])
def test_a_pipe_can_be_read_only_once(tmp_path, files, ending):
    queries = {name: query for name, query in QUERIES.items()}
    expected = tmp_path / "expected"
    expected.mkdir()
    succeed("sql", block(*copies(expected, f"'{files}/rows.{ending}'", queries)))
    reader = {"csv": "read_csv('/dev/stdin')", "ndjson": "read_json('/dev/stdin')"}[ending]
    with open(files / f"rows.{ending}", "rb") as source:
        piped = subprocess.Popen(["cat"], stdin=source, stdout=subprocess.PIPE)
        done = subprocess.run([program.BINARY, "sql", block(*copies(tmp_path, reader, queries))], stdin=piped.stdout, capture_output=True,
                              check=False, timeout=120)
        piped.wait()
    assert done.returncode == 0, done.stderr.decode()
    for name in queries:
        assert (tmp_path / name).read_bytes() == (expected / name).read_bytes(), name


def test_a_fifo_of_which_one_reads_few_rows(tmp_path, files):
    """The stage with a LIMIT is fed no more, the other one gets all."""
    fifo = tmp_path / "rows"
    os.mkfifo(fifo)

    def feed():
        with open(fifo, "wb") as pipe, open(files / "rows.csv", "rb") as source:
            pipe.write(source.read())

    feeding = threading.Thread(target=feed)
    feeding.start()
    rows = f"read_csv('{fifo}', header = true)"
    succeed("sql", block(f"COPY (SELECT n FROM {rows} LIMIT 3) TO '{tmp_path}/few.csv'", f"COPY (SELECT count(*) AS c FROM {rows}) TO '{tmp_path}/c.csv'"))
    feeding.join()
    assert (tmp_path / "few.csv").read_text() == "n\n0\n1\n2\n"
    assert (tmp_path / "c.csv").read_text() == f"c\n{ROWS}\n"


def test_a_scan_that_nobody_wants_more_of_ends(tmp_path, files):
    huge = "range(100000000000)"
    began = time.monotonic()
    rows = f"'{files}/rows.csv'"
    succeed("sql", block(f"COPY (SELECT n FROM {rows} LIMIT 2) TO '{tmp_path}/a.csv'", f"COPY (SELECT t FROM {rows} LIMIT 1) TO '{tmp_path}/b.csv'",
                         f"COPY (SELECT range FROM {huge} LIMIT 1) TO '{tmp_path}/c.csv'"))
    assert time.monotonic() - began < 20
    assert [(tmp_path / name).read_text() for name in ("a.csv", "b.csv", "c.csv")] == ["n\n0\n1\n", "t\ntext 0\n", "range\n0\n"]


def test_partitions_beside_one_file(tmp_path, files):
    rows = f"'{files}/rows.parquet'"
    succeed("sql", block(f"COPY (SELECT * FROM {rows}) TO '{tmp_path}/parts' (FORMAT parquet, PARTITION_BY (k))",
                         f"COPY (SELECT n FROM {rows}) TO '{tmp_path}/n.parquet'",
                         f"COPY (SELECT n, t FROM {rows}) TO '{tmp_path}/sized' (FORMAT csv, FILE_SIZE_BYTES '500kB')"))
    found = duckdb.sql(f"SELECT count(*), sum(n), count(DISTINCT k), bool_and(n % 7 = k) FROM read_parquet('{tmp_path}/parts/**/*.parquet')").fetchall()[0]
    assert found == (ROWS, ROWS * (ROWS - 1) // 2, 7, True)
    assert parquet.read_table(tmp_path / "n.parquet")["n"].to_pylist() == list(range(ROWS))
    assert len(list((tmp_path / "sized").iterdir())) > 2
    assert staging_left(tmp_path) == []


# Bad records: which ones they are is decided once, by the columns that any of the COPYs needs.

BAD = "a,b,c\n1,x,1\n2,y,no\noops,z,3\n4,w,4\n5,v\n"


def test_bad_records_are_those_of_all_copies_together(tmp_path, table):
    path = table(*BAD.splitlines())
    source = f"read_csv('{path}', types = {{'a': 'INTEGER', 'b': 'VARCHAR', 'c': 'INTEGER'}}, rejects = '{tmp_path}/rejects.ndjson')"
    succeed("sql", block(f"COPY (SELECT b, a FROM {source}) TO '{tmp_path}/a.csv'", f"COPY (SELECT sum(c) AS s FROM {source}) TO '{tmp_path}/c.csv'"))
    assert (tmp_path / "a.csv").read_text() == "b,a\nx,1\nw,4\n"
    assert (tmp_path / "c.csv").read_text() == "s\n5\n"
    rejects = [json.loads(line) for line in (tmp_path / "rejects.ndjson").read_text().splitlines()]
    assert [(reject["line"], reject["column"]) for reject in rejects] == [(3, "c"), (4, "a"), (6, None)]
    # The same with a scan each.
    bytes_before = [(tmp_path / name).read_bytes() for name in ("a.csv", "c.csv")]
    rejected = (tmp_path / "rejects.ndjson").read_bytes()
    succeed("sql", "SET fusion.rule.share_scans = off; " +
            block(f"COPY (SELECT b, a FROM {source}) TO '{tmp_path}/a.csv'", f"COPY (SELECT sum(c) AS s FROM {source}) TO '{tmp_path}/c.csv'"))
    assert [(tmp_path / name).read_bytes() for name in ("a.csv", "c.csv")] == bytes_before
    assert (tmp_path / "rejects.ndjson").read_bytes() == rejected
    assert staging_left(tmp_path) == []


def test_a_bad_record_fails_the_block(tmp_path, table):
    path = table(*BAD.splitlines())
    source = f"read_csv('{path}', types = {{'a': 'INTEGER', 'b': 'VARCHAR', 'c': 'INTEGER'}})"
    fail("sql", block(f"COPY (SELECT b FROM {source}) TO '{tmp_path}/b.csv'", f"COPY (SELECT c FROM {source}) TO '{tmp_path}/c.csv'"),
         says=["t.csv:3", "'c'", "no"])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t.csv"]
    # A LIMIT that is full before the bad record does not help the other one.
    fail("sql", block(f"COPY (SELECT a FROM {source} LIMIT 1) TO '{tmp_path}/a.csv'", f"COPY (SELECT c FROM {source}) TO '{tmp_path}/c.csv'"), says=["t.csv:3"])
    succeed("sql", block(f"COPY (SELECT a FROM {source} LIMIT 1) TO '{tmp_path}/a.csv'", f"COPY (SELECT c FROM {source} LIMIT 1) TO '{tmp_path}/c.csv'"))


@pytest.mark.parametrize("threads", [1, 4])
def test_the_fault_of_the_first_copy_is_named(tmp_path, files, threads):
    rows = f"'{files}/rows.csv'"
    early = f"COPY (SELECT 10 // (n - 90000) AS v FROM {rows}) TO '{tmp_path}/a.csv'"
    late = f"COPY (SELECT 20 % (n - 10) AS v FROM {rows}) TO '{tmp_path}/b.csv'"
    for first, second, says in ((early, late, "rows.csv:90002"), (late, early, "rows.csv:12")):
        fail("sql", f"SET threads = {threads}; " + block(first, second), says=[says, "division|zero|modulo"])
    assert list(tmp_path.iterdir()) == []


# Disk and directories.

def test_an_unwritable_directory(tmp_path, files):
    if os.geteuid() == 0:
        closed = "/proc/nowhere"
    else:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o555)
    rows = f"'{files}/rows.csv'"
    fail("sql", block(f"COPY (SELECT n FROM {rows}) TO '{tmp_path}/a.csv'", f"COPY (SELECT t FROM {rows}) TO '{closed}/b.csv'"), says=["b.csv"])
    assert not (tmp_path / "a.csv").exists() and staging_left(tmp_path) == []


def test_a_full_disk(tmp_path, files):
    """One file may not be as large as it would have to be."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    text = block(*copies(tmp_path, f"'{files}/rows.csv'"))
    done = subprocess.run([program.BINARY, "sql", text], capture_output=True, preexec_fn=limit, check=False, timeout=120)
    assert 1 <= done.returncode <= 100, done.stderr.decode()
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays_until_all_is_written(tmp_path):
    (tmp_path / "a.csv").write_text("old")
    fail("sql", block(f"COPY (SELECT 1 AS n) TO '{tmp_path}/a.csv'", f"COPY (SELECT 1 // (range - 5) AS n FROM range(9)) TO '{tmp_path}/b.csv'"))
    assert (tmp_path / "a.csv").read_text() == "old" and not (tmp_path / "b.csv").exists()
    succeed("sql", block(f"COPY (SELECT 1 AS n) TO '{tmp_path}/a.csv'", f"COPY (SELECT 2 AS n) TO '{tmp_path}/b.csv'"))
    assert (tmp_path / "a.csv").read_text() == "n\n1\n" and (tmp_path / "b.csv").read_text() == "n\n2\n"


def test_outputs_that_are_one(tmp_path):
    for first, second in (("x.csv", "x.csv"), ("x.csv", "./x.csv"), ("d", "d/x.csv"), ("d/x.csv", "d")):
        (tmp_path / "d").mkdir(exist_ok=True)
        options = {"d": "(FORMAT csv, PARTITION_BY (k), OVERWRITE_OR_IGNORE)"}
        fail("sql", block(*(f"COPY (SELECT 1 AS n, 2 AS k) TO '{name}' {options.get(name, '')}" for name in (first, second))), cwd=tmp_path,
             says=["two COPYs of one block|lies in another one|same path"])
    (tmp_path / "link").symlink_to(tmp_path)
    fail("sql", block("COPY (SELECT 1 AS n) TO 'x.csv'", "COPY (SELECT 1 AS n) TO 'link/x.csv'"), cwd=tmp_path, says=["same path"])
    assert not (tmp_path / "x.csv").exists()


def state_of(folder):
    """The numbers in the outputs, None for one that is missing; a query in either directory recovers both first."""
    pick = random.choice(["one", "two"])
    program.run("sql", f"SELECT count(*) FROM '{pick}/*.csv'", cwd=folder)
    found = []
    for name in ("one/a.csv", "two/b.csv"):
        path = folder / name
        found.append(None if not path.exists() else path.read_text().splitlines()[-1])
    parts = folder / "two/parts"
    found.append(None if not parts.exists() else max(int(p.read_text().splitlines()[-1]) for p in parts.rglob("*.csv")))
    return found


def kill_often(tmp_path, kills, seed):
    pick = random.Random(seed)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()

    def text(last):
        return block(f"COPY (SELECT range AS n FROM range({last - 100_000}, {last + 1})) TO 'one/a.csv'",
                     f"COPY (SELECT range AS n FROM range({last - 1000}, {last + 1})) TO 'two/b.csv'",
                     f"COPY (SELECT range AS n, range % 10 AS k FROM range({last - 100_000}, {last + 1})) TO 'two/parts' (FORMAT csv, PARTITION_BY (k), OVERWRITE)")

    began = time.monotonic()
    succeed("sql", text(1_000_000), cwd=tmp_path)
    whole = time.monotonic() - began
    before, seen = 1_000_000, {"before": 0, "after": 0}
    for kill in range(kills):
        after = 1_000_001 + kill
        process = program.start("sql", text(after), cwd=tmp_path)
        try:
            process.wait(timeout=whole * (pick.random() if kill % 2 else pick.uniform(0.5, 1.2)))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        found = state_of(tmp_path)
        assert found in ([str(before), str(before), before], [str(after), str(after), after]), (kill, found, before, after)
        seen["after" if found[2] == after else "before"] += 1
        before = found[2]
    succeed("sql", text(2_000_000), cwd=tmp_path)
    assert state_of(tmp_path) == ["2000000", "2000000", 2_000_000]
    for name in (".", "one", "two"):
        program.run("sql", f"SELECT count(*) FROM '{name}/*.csv'", cwd=tmp_path)
    assert staging_left(tmp_path) == []
    return seen


def test_killed_blocks_show_all_or_nothing(tmp_path):
    kill_often(tmp_path, 12, seed=1)


@pytest.mark.long
def test_killed_blocks_show_all_or_nothing_100_times(tmp_path):
    seen = kill_often(tmp_path, 100, seed=2)
    assert seen["before"] > 5 and seen["after"] > 5, seen


def test_an_interrupted_block_leaves_nothing(tmp_path):
    process = program.start("sql", block(f"COPY (SELECT range AS n FROM range(100000000)) TO '{tmp_path}/a.csv'",
                                         f"COPY (SELECT range AS n, range % 3 AS k FROM range(100000000)) TO '{tmp_path}/p' (FORMAT csv, PARTITION_BY (k))"))
    while not list(tmp_path.rglob("*.csv.partial")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 6
    assert list(tmp_path.iterdir()) == []


def test_a_killed_write_of_one_file_leaves_nothing_for_long(tmp_path):
    copy = f"COPY (SELECT range AS n FROM range({{rows}})) TO '{tmp_path}/a.csv'"
    for _ in range(3):
        process = program.start("sql", copy.format(rows=50_000_000))
        while not list(tmp_path.glob(".a.csv.*.partial")):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(list(tmp_path.glob(".a.csv.*.partial"))) == 1, "the one before was removed"
    # Who writes beside it is left alone.
    writer = program.start("sql", copy.format(rows=20_000_000))
    time.sleep(0.3)
    succeed("sql", copy.format(rows=10))
    assert writer.wait(timeout=120) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_memory_is_bounded(tmp_path, files):
    """Nothing is queued between the scan and the sinks, however different they are in speed."""
    rows = f"'{files}/rows.csv'"
    succeed("sql", "SET memory_limit = '96MiB'; " +
            block(f"COPY (SELECT * FROM {rows}) TO '{tmp_path}/slow.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 12)", f"COPY (SELECT n FROM {rows}) TO '{tmp_path}/fast.csv'",
                  f"COPY (SELECT t, count(*) AS c FROM {rows} GROUP BY t ORDER BY t) TO '{tmp_path}/t.csv'"))


def test_an_open_block_is_told(tmp_path):
    outcome = succeed("sql", f"BEGIN; COPY (SELECT 1 AS n) TO '{tmp_path}/a.csv'")
    assert "COMMIT" in outcome.stderr
    assert list(tmp_path.iterdir()) == []
    assert succeed("sql", block(f"COPY (SELECT 1 AS n) TO '{tmp_path}/a.csv'")).stderr == ""


def test_arrow_reads_what_a_block_wrote(tmp_path, files):
    succeed("sql", block(*copies(tmp_path, f"'{files}/rows.parquet'")))
    with pyarrow.OSFile(str(tmp_path / "last.arrow")) as file:
        assert pyarrow.ipc.open_file(file).read_all()["n"].to_pylist() == sorted(
            (n for n in range(ROWS) if (n % 1000) / 8 * 2 < 100), reverse=True)[:100]
