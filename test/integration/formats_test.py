"""Every output format carries the same rows, on stdout, into --output and through COPY."""

import datetime
import decimal
import io
import json
import math
import struct

import program
import pyarrow
import pyarrow.ipc
import pyarrow.parquet
import pytest

LINES = (
    "id,name,ratio,day,moment,ok",
    "1,Ann,0.5,2024-02-29,2024-02-29 12:30:00,true",
    '2,"",-0.25,1969-12-31,1969-12-31 23:59:59.000001,false',
    "3,,,,,",
    '4,"say ""hi"", Zoë",1e300,9999-12-31,2013-01-01 00:00:00,true',
)
ROWS = [
    {"id": 1, "name": "Ann", "ratio": 0.5, "day": datetime.date(2024, 2, 29),
     "moment": datetime.datetime(2024, 2, 29, 12, 30), "ok": True, "price": decimal.Decimal("1.10")},
    {"id": 2, "name": "", "ratio": -0.25, "day": datetime.date(1969, 12, 31),
     "moment": datetime.datetime(1969, 12, 31, 23, 59, 59, 1), "ok": False, "price": decimal.Decimal("2.10")},
    {"id": 3, "name": None, "ratio": None, "day": None, "moment": None, "ok": None, "price": decimal.Decimal("3.10")},
    {"id": 4, "name": 'say "hi", Zoë', "ratio": 1e300, "day": datetime.date(9999, 12, 31),
     "moment": datetime.datetime(2013, 1, 1), "ok": True, "price": decimal.Decimal("4.10")},
]


@pytest.fixture
def query(table):
    return f"SELECT *, CAST(id AS decimal(10, 2)) + 0.10 AS price FROM '{table(*LINES)}' ORDER BY id"


def read_csv(content):
    return content.decode()


def read_ndjson(content):
    return [json.loads(line) for line in content.decode().splitlines()]


def read_arrow(content):
    """Either layout of Arrow IPC: a file or a stream."""
    opened = pyarrow.ipc.open_file(content) if content.startswith(b"ARROW1") else pyarrow.ipc.open_stream(content)
    return opened.read_all().to_pylist()


def read_parquet(content):
    return pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()


EXPECTED_CSV = """id,name,ratio,day,moment,ok,price
1,Ann,0.5,2024-02-29,2024-02-29 12:30:00,true,1.10
2,"",-0.25,1969-12-31,1969-12-31 23:59:59.000001,false,2.10
3,,,,,,3.10
4,"say ""hi"", Zoë",1e+300,9999-12-31,2013-01-01 00:00:00,true,4.10
"""
READERS = {"csv": read_csv, "ndjson": read_ndjson, "arrow": read_arrow, "parquet": read_parquet}


def check(kind, content):
    rows = READERS[kind](content)
    if kind == "csv":
        assert rows == EXPECTED_CSV
    elif kind == "ndjson":
        assert [(row["id"], row["name"], row["ratio"], row["ok"]) for row in rows] == \
            [(row["id"], row["name"], row["ratio"], row["ok"]) for row in ROWS]
        assert [row["day"] for row in rows] == [row["day"] and row["day"].isoformat() for row in ROWS]
        assert [decimal.Decimal(str(row["price"])) for row in rows] == [row["price"] for row in ROWS]
    else:
        assert rows == ROWS


@pytest.mark.parametrize("kind", READERS)
def test_stdout(query, kind):
    check(kind, program.succeed("sql", "--format", kind, query).stdout)


@pytest.mark.parametrize("kind", READERS)
def test_output_file(query, kind, tmp_path):
    path = tmp_path / f"out.{kind}"
    outcome = program.succeed("sql", "--format", kind, "--output", path, query)
    check(kind, path.read_bytes())
    assert not outcome.stdout.startswith(path.read_bytes()[:8]), "the rows go to the file, not to stdout"


@pytest.mark.parametrize("kind", READERS)
def test_copy(query, kind, tmp_path):
    path = tmp_path / f"copy.{kind}"
    program.succeed("sql", f"COPY ({query}) TO '{path}' (FORMAT {kind})")
    check(kind, path.read_bytes())
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(["t.csv", path.name]), "temporary files remain"


@pytest.mark.parametrize("kind", ["csv", "ndjson", "arrow", "parquet"])
def test_what_was_written_reads_back(query, kind, tmp_path):
    path = tmp_path / f"again.{kind}"
    program.succeed("sql", f"COPY ({query}) TO '{path}' (FORMAT {kind})")
    names = "id, name, ratio, day, moment, ok, CAST(price AS decimal(13, 2)) AS price"
    assert program.csv(f"SELECT {names} FROM '{path}' ORDER BY id") == EXPECTED_CSV


def test_output_replaces_what_was_there(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("old and much longer than what comes\n" * 100)
    program.succeed("sql", "--format", "csv", "--output", path, "SELECT 1 AS one")
    assert path.read_text() == "one\n1\n"


def test_table(query):
    text = program.succeed("sql", query).text
    assert text == program.succeed("sql", "--format", "table", query).text
    lines = text.splitlines()
    assert all(any(name in line for line in lines) for name in ROWS[0])
    assert any("Ann" in line and "2024-02-29" in line and "1.10" in line for line in lines)
    assert len({len(line) for line in lines if "Ann" in line or "9999-12-31" in line}) == 1, "the columns do not line up"


def test_an_unknown_format_names_the_known_ones():
    program.fail("sql", "--format", "parket", "SELECT 1", says=["parket", "parquet"])


@pytest.mark.parametrize("kind", READERS)
def test_no_rows(kind):
    content = program.succeed("sql", "--format", kind, "SELECT 1 AS x, 'a' AS y WHERE 1 = 2").stdout
    rows = READERS[kind](content)
    assert rows == ("x,y\n" if kind == "csv" else [])


@pytest.mark.parametrize("kind", ["arrow", "parquet"])
def test_every_nan_has_the_same_bits(kind, tmp_path):
    """0 × infinity and its negation differ in their bits on the processor."""
    path = tmp_path / f"nan.{kind}"
    program.succeed("sql", f"COPY (SELECT CAST('inf' AS double) * (range - 2) AS a, -(CAST('inf' AS double) * (range - 2)) AS b FROM range(5)) TO '{path}' (FORMAT {kind})")
    rows = {"arrow": read_arrow, "parquet": read_parquet}[kind](path.read_bytes())
    bits = {struct.pack(">d", row[name]).hex() for row in rows for name in "ab" if math.isnan(row[name])}
    assert bits == {"7ff8000000000000"}


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_lowest_row_faults_however_workers_share_row_groups(threads, tmp_path):
    """Pieces of the second row group are read before the end of the first."""
    path = tmp_path / "rows.parquet"
    values = [1] * 300_000
    values[130_000] = values[131_100] = values[200_000] = 0
    pyarrow.parquet.write_table(pyarrow.table({"x": values}), path, row_group_size=131_072)
    for _ in range(5):
        outcome = program.fail("sql", "--threads", threads, f"SELECT sum(10 // x) AS s FROM '{path}'", says=["division by zero"])
        assert "row 130001" in outcome.stderr
        program.succeed("sql", "--threads", threads, f"SELECT 10 // x AS y FROM '{path}' LIMIT 130000")
        program.fail("sql", "--threads", threads, f"SELECT 10 // x AS y FROM '{path}' LIMIT 130001", says=["division by zero"])
