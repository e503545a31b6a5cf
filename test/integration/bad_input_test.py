"""Whatever is wrong outside the program ends in an error that says what, where, expected against found; never in a crash,
and never in half an output."""

import os
import random
import shutil
import subprocess

import program
import pyarrow
import pyarrow.parquet
import pytest


@pytest.fixture
def parquet(tmp_path):
    """A Parquet file with several row groups, compressed, with dictionaries and nulls."""
    rows = 2_000
    columns = {
        "id": pyarrow.array(range(rows), pyarrow.int64()),
        "name": pyarrow.array([None if row % 7 == 0 else f"name {row % 13}" for row in range(rows)]),
        "value": pyarrow.array([row / 8 for row in range(rows)], pyarrow.float64()),
    }
    path = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(pyarrow.table(columns), path, row_group_size=500, compression="snappy")
    return path


# --- files that are not there or not what they should be

def test_missing_file():
    program.fail("sql", "SELECT * FROM 'does/not/exist.parquet'", says=[r"does/not/exist\.parquet", "(?i)no such file|not exist"])


def test_directory(tmp_path):
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    program.fail("sql", f"SELECT * FROM '{folder}'", says=[r"folder\.csv", "directory"])


def test_unknown_format(tmp_path):
    (tmp_path / "t.xlsx").write_bytes(b"PK")
    program.fail("sql", f"SELECT * FROM '{tmp_path}/t.xlsx'", says=[r"t\.xlsx"])


def test_unreadable_file(table):
    path = table("a", "1")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    program.fail("sql", f"SELECT * FROM '{path}'", says=[r"t\.csv", "(?i)permission"])


@pytest.mark.parametrize("keep", [0, 3, 4, 11, 500, -1])
def test_truncated_parquet(parquet, keep):
    content = parquet.read_bytes()
    parquet.write_bytes(content[:keep])
    program.fail("sql", "--format", "csv", f"SELECT count(*), sum(id), count(name), sum(value) FROM '{parquet}'",
                 says=[r"t\.parquet"])


def test_not_parquet_at_all(tmp_path):
    path = tmp_path / "t.parquet"
    path.write_bytes(b"id,name\n1,x\n" * 100)
    program.fail("sql", f"SELECT * FROM '{path}'", says=[r"t\.parquet"])


@pytest.mark.slow
def test_corrupt_parquet(parquet):
    """Two hundred files with one bit flipped: an answer or an error, never a crash. Many flips cannot be noticed (in values)."""
    content = parquet.read_bytes()
    source = random.Random(3)
    for _ in range(200):
        position, bit = source.randrange(len(content)), source.randrange(8)
        flipped = bytearray(content)
        flipped[position] ^= 1 << bit
        parquet.write_bytes(flipped)
        outcome = program.run("sql", "--format", "csv", f"SELECT count(*), sum(id), max(name), sum(value) FROM '{parquet}'")
        assert 0 <= outcome.code <= 100, f"byte {position}, bit {bit}: {program.describe(outcome.code)}\n{outcome.stderr}"
        if outcome.code != 0:
            assert "t.parquet" in outcome.stderr, f"byte {position}, bit {bit}: {outcome.stderr}"
            assert outcome.stdout == b""


@pytest.mark.parametrize("lines, query, says", [
    (["a,b", "1,x", "2,y", "zwei,z"], "SELECT * FROM read_csv('{path}', types = {{'a': 'int64'}})",
     [r"t\.csv:4", "'?a'?", "zwei", "int64"]),
    (["d", "2024-01-01", "2024-02-30"], "SELECT * FROM read_csv('{path}', types = {{'d': 'date'}})", [r"t\.csv:3", "2024-02-30", "date"]),
    (["a,b", "1,2", "3"], "SELECT a, b FROM '{path}'", [r"t\.csv:3"]),
    (["a,b", "1,2", "3,4,5"], "SELECT a, b FROM '{path}'", [r"t\.csv:3"]),
    (["a,b", '1,"never closed'], "SELECT a, b FROM '{path}'", [r"t\.csv:2", "quote"]),
])
def test_wrong_csv_field(table, lines, query, says):
    path = table(*lines)
    program.fail("sql", query.format(path=path), says=says)


def test_wrong_field_behind_the_inferred_part(table):
    """Types come from the beginning of a file; a field far behind that does not fit is named with its line."""
    path = table("a", *["12345678901"] * 400_000, "oops")
    program.fail("sql", f"SELECT sum(a) FROM '{path}'", says=[r"t\.csv:400002", "oops", "int64"])


def test_invalid_utf8_in_csv(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n1,good\n2,b\xffd\n")
    program.fail("sql", f"SELECT b FROM '{path}'", says=[r"t\.csv:3", "(?i)utf-?8"])


def test_invalid_utf8_in_parquet(tmp_path):
    path = tmp_path / "t.parquet"
    wrong = pyarrow.Array.from_buffers(pyarrow.string(), 2, pyarrow.array([b"good", b"b\xffd"]).buffers())
    pyarrow.parquet.write_table(pyarrow.table({"b": wrong}), path)
    program.fail("sql", f"SELECT b FROM '{path}'", says=[r"t\.parquet", "(?i)utf-?8"])


def test_empty_csv(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"")
    program.fail("sql", f"SELECT * FROM '{tmp_path}/t.csv'", says=[r"t\.csv", "empty|header|column"])


# --- queries that cannot be

@pytest.mark.parametrize("query, says", [
    ("SELECT carier FROM '{path}'", ["carier", "carrier", "line 1, column 8"]),
    ("SELECT t.nmae FROM '{path}' AS t", ["nmae", "name"]),
    ("SELECT uper(name) FROM '{path}'", ["uper", "upper"]),
    ("CREATE VIEW flights AS SELECT 1; SELECT * FROM flihgts", ["flihgts", "flights"]),
    ("SELECT name + 1 FROM '{path}'", ["utf8", "int"]),
    ("SELECT upper(n) FROM '{path}'", ["upper", "int64", "utf8"]),
    ("SELECT name FROM '{path}' WHERE current_date", ["bool"]),
    ("SELECT n, count(*) FROM '{path}'", ["n", "GROUP BY"]),
    ("SELECT sum(sum(n)) FROM '{path}'", ["sum"]),
    ("SELECT 1 FROM '{path}' LEFT JOIN", ["line 1, column"]),
    ("SELEC 1", ["SELEC", "SELECT"]),
    ("SELECT 'open", ["quote|unterminated|closed"]),
    ("SELECT coutn(*) FROM '{path}'", ["no function 'coutn'", "did you mean count"]),
    ("SELECT CAST(n AS flaot) FROM '{path}'", ["flaot", "did you mean float"]),
    ("SELECT n::itn64 FROM '{path}'", ["itn64", "did you mean int64"]),
    ("SELECT upper(*) FROM '{path}'", ["only count takes"]),
    ("SET thraeds = 2", ["thraeds", "did you mean threads", "line 1, column 1"]),
    ("SET threads = 2;\nSET tier = 'compield'", ["compield", "did you mean compiled", "line 2, column 1"]),
    ("SHOW meory_limit", ["meory_limit", "did you mean memory_limit"]),
    ("SET fusion.rule.push_filter = off", ["push_filter", "did you mean push_filters"]),
    ("SET fusion.edge.first = staged", ["fusion.edge.0.3"]),
    ("COPY (SELECT 1) TO 'out.x' (FORMAT parqet)", ["parqet", "did you mean parquet"]),
    ("SELECT * FROM read_csb('{path}')", ["did you mean read_csv"]),
    ("SELECT E'a\\q'", ["escape", "line 1, column 11"]),
    ("", ["no statement"]),
    (" -- only a comment\n;; /* and another */", ["no statement"]),
    ("SELECT " + "(" * 5000 + "1" + ")" * 5000, ["deep|nest"]),
])
def test_wrong_query(table, query, says):
    path = table("carrier,name,n", "UA,x,1")
    program.fail("sql", query.replace("{path}", str(path)), says=says)


# --- values for which there is no answer

@pytest.mark.parametrize("query, says", [
    ("SELECT 9223372036854775807 + range FROM range(1, 2)", ["(?i)overflow", "row 0", "line 1, column 28"]),
    ("SELECT CAST(2147483647 AS int32) * CAST(range AS int32) FROM range(2, 3)", ["(?i)overflow"]),
    ("SELECT CAST(range AS int32) FROM range(3000000000, 3000000001)", ["(?i)overflow", "line 1, column 8"]),
    ("SELECT sum(CAST(99999999999999999999999999999999999999 AS decimal(38, 0))) FROM range(0, 2)", ["(?i)overflow|decimal"]),
    ("SELECT 1 // range FROM range(0, 2)", ["(?i)division by zero"]),
    ("SELECT 1 % range FROM range(0, 2)", ["(?i)division by zero"]),
    ("SELECT CAST(1 AS double) / range FROM range(0, 2)", ["(?i)division by zero"]),
    ("SELECT CAST(substring('x1', 1, 1) AS int64)", ["(?i)bad cast", "line 1, column 8"]),
    ("SELECT date '2024-02-30'", ["2024-02-30"]),
    ("SELECT date '9999-12-31' + INTERVAL 99999999 MONTH", ["(?i)range"]),
    ("SELECT CAST('2024-13-' || '01' AS date)", ["(?i)range|bad cast", "line 1, column 8"]),
])
def test_faulty_value(query, says):
    program.fail("sql", query, says=says)


@pytest.mark.parametrize("query, says", [
    ("SELECT cast(s AS int64) FROM '{path}'", ["bad cast in cast\\(s as int64\\), where s is '12x': expected int64",
                                               r"t\.csv:3; query line 1, column 8"]),
    ("SELECT a // b FROM '{path}'", ["division by zero in a // b, where a is 3, b is 0", r"t\.csv:3; query line 1, column 10"]),
    ("SELECT sum(a * b) FROM '{path}'", ["overflow in a \\* b, where a is 9223372036854775807, b is 5: the result does not fit int64",
                                         r"t\.csv:4"]),
    # Down to the call that failed, through what only reads it; not into a branch that was not taken.
    ("SELECT CASE WHEN b = 2 THEN 10 // (b - 2) ELSE upper(s) || 'x' END IS NULL FROM '{path}'", ["the branches of CASE have types"]),
    ("SELECT 1 + coalesce(10 // b, a) * 2 FROM '{path}'", [r"division by zero in 10::int64 // b, where b is 0", r"t\.csv:3"]),
    ("SELECT CASE WHEN a = 1 THEN 7 ELSE a // b END FROM '{path}'", [r"division by zero in a // b, where a is 3, b is 0"]),
    ("SELECT a FROM '{path}' WHERE cast(s || '-01' AS date) > date '2000-01-01'",
     [r"cast\(\(s \|\| '-01'\) as date\), where s \|\| '-01' is '1-01'", r"t\.csv:2"]),
    ("SELECT a, count(*) FROM '{path}' GROUP BY a, 100 % b", [r"division by zero in 100::int64 % b, where b is 0"]),
    ("SELECT x.a FROM '{path}' x JOIN '{path}' y ON x.a = 6 // y.b", ["division by zero in 6::int64 // b, where b is 0"]),
    ("SELECT a FROM '{path}' ORDER BY cast(s AS decimal(3, 1))", [r"cast\(s as decimal\(3,1\)\), where s is '12x'"]),
    ("SELECT cast(repeat AS int32) FROM (SELECT s || '" + "y" * 300 + "' AS repeat FROM '{path}') q", ["yyy…'", "expected int32"]),
])
def test_a_fault_says_what_and_where(table, query, says):
    path = table("a,b,s", "1,2,1", "3,0,12x", "9223372036854775807,5,2")
    outcome = program.fail("sql", query.replace("{path}", str(path)), says=says)
    if "CASE have types" not in says[0]:
        assert "hint: SET on_error = 'null'" in outcome.stderr
        assert len(outcome.stderr) < 700


def test_a_fault_is_told_alike_however_it_runs(table):
    path = table("a,b,s", *["1,2,1"] * 5000, "3,0,12x", "9,0,13x")
    told = {program.fail("sql", "--threads", threads, "--set", f"fusion.mode={mode}", "--set", f"tier={tier}",
                         f"SELECT (a // b) * 2, cast(s AS int64) + 1 FROM '{path}' WHERE a < 100").stderr
            for threads in (1, 4) for mode in ("off", "full") for tier in ("interpreted", "compiled")}
    assert len(told) == 1, told
    assert "a // b, where a is 3, b is 0" in told.pop()


def test_the_first_faulty_row_is_reported(table):
    path = table("a", *map(str, [*range(1, 5000), 0, *range(1, 5000), 0, 1]))
    for threads in (1, 2, 4):
        outcome = program.fail("sql", "--threads", threads, f"SELECT sum(10 // a) FROM '{path}'", says=["(?i)division by zero"])
        assert outcome.stderr == program.fail("sql", "--threads", 1, f"SELECT sum(10 // a) FROM '{path}'").stderr


# --- outputs that cannot be written

def test_missing_output_directory(tmp_path):
    path = tmp_path / "no" / "out.csv"
    program.fail("sql", f"COPY (SELECT 1) TO '{path}' (FORMAT csv)", says=[r"no/out\.csv", "(?i)no such file|not exist"])
    program.fail("sql", "--output", path, "SELECT 1", says=[r"no/out\.csv"])


def test_output_is_a_directory(tmp_path):
    program.fail("sql", f"COPY (SELECT 1) TO '{tmp_path}' (FORMAT csv)", says=[str(tmp_path), "directory"])


def test_unwritable_directory(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write everywhere")
    program.fail("sql", f"COPY (SELECT 1) TO '{folder}/out.csv' (FORMAT csv)", says=[r"locked/out\.csv", "(?i)permission"])


@pytest.mark.parametrize("path", ["/proc/out.csv", "/dev/null/out.csv"])
def test_a_place_where_no_file_can_be(path):
    program.fail("sql", f"COPY (SELECT 1) TO '{path}' (FORMAT csv)", says=[path])


def test_full_stdout():
    with open("/dev/full", "wb") as full:
        done = subprocess.run([program.BINARY, "sql", "--format", "csv", "SELECT range FROM range(0, 100000)"],
                              stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert 1 <= done.returncode <= 100, program.describe(done.returncode)
    assert b"No space left" in done.stderr


def test_closed_stdout():
    """As under `| head -1`: the reader leaves, and the program ends quietly."""
    done = subprocess.run(["bash", "-c", f"'{program.BINARY}' sql --format csv 'SELECT range FROM range(0, 3000000)' | head -1; "
                           "exit ${PIPESTATUS[0]}"], capture_output=True, timeout=60, check=False)
    assert done.stdout == b"range\n"
    assert 0 <= done.returncode <= 100 or done.returncode == 141, program.describe(done.returncode)


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of one megabyte."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    if shutil.which("mount") is None or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder],
                                                       capture_output=True, check=False).returncode != 0:
        pytest.skip("this user cannot mount a file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("kind", ["csv", "ndjson", "arrow", "parquet"])
def test_full_disk(tiny_disk, kind):
    path = tiny_disk / f"out.{kind}"
    program.fail("sql", f"COPY (SELECT range * 7919 % 1000003 AS x FROM range(0, 2000000)) TO '{path}' (FORMAT {kind})",
                 says=[rf"out\.{kind}", "(?i)no space"])
    assert list(tiny_disk.iterdir()) == []


def test_an_error_leaves_no_output(table, tmp_path):
    path = table("a", *map(str, range(1, 200_000)), "0")
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    for kind in ("csv", "ndjson", "arrow", "parquet"):
        program.fail("sql", f"COPY (SELECT 10 // a AS b FROM '{path}') TO '{outputs}/out.{kind}' (FORMAT {kind})",
                     says=["(?i)division by zero"])
    assert list(outputs.iterdir()) == []


def test_an_error_keeps_the_output_that_was_there(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("precious\n")
    program.fail("sql", "--output", path, "--format", "csv", "SELECT 1 // range FROM range(0, 2)")
    assert path.read_text() == "precious\n"


def test_of_several_faulting_inputs_the_same_is_named_on_any_threads():
    query = """SELECT a.range, s.v, t.v FROM range(3) a
               JOIN (SELECT 9223372036854775807 + range v, range k FROM range(3)) t ON a.range = t.k
               JOIN (SELECT 10 // (range - 4) v, range k FROM range(6)) s ON s.k = t.k"""
    named = {program.fail("sql", "--threads", threads, query).stderr for threads in ("1", "2", "4") for _ in range(5)}
    assert len(named) == 1, named
