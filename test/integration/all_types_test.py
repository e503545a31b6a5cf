"""Every type out of a Parquet and an Arrow file and into Parquet, Arrow, CSV and JSON: values and types as pyarrow has them."""

import datetime
import decimal
import json

import pyarrow
import pyarrow.ipc
import pyarrow.parquet
import pytest

from program import succeed


def run_sql(sql, *arguments):
    return succeed("sql", *arguments, sql).text

D = decimal.Decimal
DAY = datetime.date(1998, 9, 2)
MOMENT = datetime.datetime(2013, 1, 1, 5, 0, 0, 1)
UTC = MOMENT.replace(tzinfo=datetime.timezone.utc)

COLUMNS = {
    "b": (pyarrow.bool_(), [True, None, False]),
    "i8": (pyarrow.int8(), [-128, None, 127]),
    "i16": (pyarrow.int16(), [-32768, None, 32767]),
    "i32": (pyarrow.int32(), [-(2**31), None, 2**31 - 1]),
    "i64": (pyarrow.int64(), [-(2**63), None, 2**63 - 1]),
    "u8": (pyarrow.uint8(), [0, None, 255]),
    "u16": (pyarrow.uint16(), [0, None, 65535]),
    "u32": (pyarrow.uint32(), [0, None, 2**32 - 1]),
    "u64": (pyarrow.uint64(), [0, None, 2**64 - 1]),
    "f32": (pyarrow.float32(), [0.5, None, -0.0]),
    "f64": (pyarrow.float64(), [0.1, None, 1e300]),
    "d9": (pyarrow.decimal128(9, 2), [D("1.50"), None, D("-9999999.99")]),
    "d18": (pyarrow.decimal128(18, 0), [D(10**18 - 1), None, D(-1)]),
    "d38": (pyarrow.decimal128(38, 10), [D("1.5"), None, D("-0.0000000001")]),
    "date": (pyarrow.date32(), [DAY, None, datetime.date(1, 1, 1)]),
    "time": (pyarrow.time64("us"), [datetime.time(23, 59, 59, 999999), None, datetime.time(0)]),
    "us": (pyarrow.timestamp("us"), [MOMENT, None, datetime.datetime(1, 1, 1)]),
    "ns": (pyarrow.timestamp("ns"), [MOMENT, None, datetime.datetime(1970, 1, 1)]),
    "tz": (pyarrow.timestamp("us", "UTC"), [UTC, None, UTC.replace(year=1969)]),
    "text": (pyarrow.string(), ["Zürich", None, ""]),
    "bytes": (pyarrow.binary(), [b"\x00\xff", None, b"plain"]),
    "list": (pyarrow.list_(pyarrow.int32()), [[1, None, 3], None, []]),
    "struct": (pyarrow.struct([("a", pyarrow.int64()), ("b", pyarrow.string())]), [{"a": 1, "b": "x"}, None, {"a": None, "b": ""}]),
    "map": (pyarrow.map_(pyarrow.string(), pyarrow.float64()), [[("k", 0.5), ("l", None)], None, []]),
    "deep": (
        pyarrow.list_(pyarrow.struct([("t", pyarrow.timestamp("us")), ("l", pyarrow.list_(pyarrow.string()))])),
        [[{"t": MOMENT, "l": ["a", None]}], None, [{"t": None, "l": []}]],
    ),
}


@pytest.fixture(scope="module")
def table():
    schema = pyarrow.schema([(name, kind) for name, (kind, _) in COLUMNS.items()])
    return pyarrow.table({name: values for name, (_, values) in COLUMNS.items()}, schema=schema)


def write(table, path):
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(table, path)
    else:
        with pyarrow.OSFile(str(path), "wb") as file, pyarrow.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)


def read(path):
    if path.suffix == ".parquet":
        return pyarrow.parquet.read_table(path)
    with pyarrow.OSFile(str(path)) as file:
        return pyarrow.ipc.open_file(file).read_all()


@pytest.mark.parametrize("source", ["parquet", "arrow"])
@pytest.mark.parametrize("target", ["parquet", "arrow"])
def test_round_trip(table, tmp_path, source, target):
    write(table, tmp_path / f"in.{source}")
    run_sql(f"COPY (SELECT * FROM '{tmp_path}/in.{source}') TO '{tmp_path}/out.{target}'")
    found = read(tmp_path / f"out.{target}")
    for name, (kind, values) in COLUMNS.items():
        assert found.schema.field(name).type == kind, name
        assert found[name].to_pylist() == table[name].to_pylist(), name


# Grouping by every type needs equality, hashes and copies of it; sorting needs its order.
@pytest.mark.parametrize("name", list(COLUMNS))
def test_groups_and_sorts(table, tmp_path, name):
    write(pyarrow.concat_tables([table, table]), tmp_path / "in.parquet")
    rows = json.loads(
        "["
        + ",".join(
            run_sql(
                f'SELECT "{name}" AS k, count(*) AS n FROM \'{tmp_path}/in.parquet\' GROUP BY k ORDER BY k', "--format", "ndjson"
            ).splitlines()
        )
        + "]"
    )
    assert sorted(row["n"] for row in rows) == [2] * len({str(v) for v in COLUMNS[name][1]})
    assert rows[-1]["k"] is None  # nulls last
    least = run_sql(f"SELECT min(\"{name}\") IS NOT NULL AS x, max(\"{name}\") IS NOT NULL AS y FROM '{tmp_path}/in.parquet'", "--format", "csv")
    assert least.split()[1] == "true,true"
