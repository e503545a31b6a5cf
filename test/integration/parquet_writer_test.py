"""Parquet files written here, read back by pyarrow, DuckDB and Polars: values, statistics, indexes and bytes."""

import datetime
import decimal
import hashlib
import math
import random

import duckdb
import polars
import pyarrow
import pyarrow.parquet as parquet
import pytest

from program import fail, succeed

ROWS = 12_000
DAY = datetime.date(1992, 1, 1)
MOMENT = datetime.datetime(2013, 1, 1)


def few(choices):
    return lambda pick, _: pick.choice(choices)


# Column → type and how a value is picked: few distinct, many, in order, long.
COLUMNS = {
    "flag": (pyarrow.bool_(), few([True, False])),
    "small": (pyarrow.int8(), lambda pick, _: pick.randint(-128, 127)),
    "unsigned": (pyarrow.uint32(), few([0, 1, 2**31, 2**32 - 1])),
    "wide_unsigned": (pyarrow.uint64(), lambda pick, _: pick.getrandbits(64)),
    "one": (pyarrow.int32(), lambda *_: 7),
    "key": (pyarrow.int64(), lambda pick, row: row),
    "random": (pyarrow.int64(), lambda pick, _: pick.getrandbits(63) - 2**62),
    "quantity": (pyarrow.int64(), lambda pick, _: pick.randint(1, 50)),
    "real": (pyarrow.float64(), few([0.1, -0.0, 0.0, math.inf, -math.inf, 1e300])),
    "noise": (pyarrow.float64(), lambda pick, _: pick.random()),
    "single": (pyarrow.float32(), few([0.5, -2.0])),
    "cents": (pyarrow.decimal128(9, 2), lambda pick, _: decimal.Decimal(pick.randint(-10**8, 10**8)).scaleb(-2)),
    "money": (pyarrow.decimal128(15, 2), lambda pick, _: decimal.Decimal(pick.randint(0, 99)).scaleb(-2)),
    "huge": (pyarrow.decimal128(38, 3), lambda pick, _: decimal.Decimal(pick.getrandbits(120) - 2**119).scaleb(-3)),
    "day": (pyarrow.date32(), lambda pick, _: DAY + datetime.timedelta(days=pick.randint(0, 2_500))),
    "clock": (pyarrow.time64("us"), few([datetime.time(0), datetime.time(23, 59, 59, 999_999)])),
    "at": (pyarrow.timestamp("us"), lambda pick, row: MOMENT + datetime.timedelta(seconds=row, microseconds=pick.randint(0, 9))),
    "word": (pyarrow.string(), few(["", "a", "TRUCK", "Zürich and something longer than a view"])),
    "name": (pyarrow.string(), lambda pick, _: f"Customer#{pick.randint(0, 20_000):09}"),
    "text": (pyarrow.string(), lambda pick, _: "".join(pick.choices("abcdefgh ", k=pick.randint(0, 60)))),
    "blob": (pyarrow.binary(), few([b"\x00\xff", b"", b"x" * 400])),
    "list": (pyarrow.list_(pyarrow.int32()), lambda pick, _: [pick.choice([1, 2, None]) for _ in range(pick.randint(0, 4))]),
    "struct": (pyarrow.struct([("a", pyarrow.int64()), ("b", pyarrow.string())]),
               few([{"a": 1, "b": "x"}, {"a": None, "b": "a text of more than twelve bytes"}])),
    "map": (pyarrow.map_(pyarrow.string(), pyarrow.float64()), few([[("k", 0.5), ("l", None)], []])),
    "deep": (pyarrow.list_(pyarrow.struct([("t", pyarrow.date32()), ("l", pyarrow.list_(pyarrow.list_(pyarrow.string())))])),
             few([[{"t": DAY, "l": [["a", None], [], None]}, None], [{"t": None, "l": []}], [], [{"t": DAY, "l": None}]])),
}


def make_table(rows, nulls, seed):
    pick = random.Random(seed)
    arrays = {}
    for name, (kind, value) in COLUMNS.items():
        values = [None if pick.random() < nulls else value(pick, row) for row in range(rows)]
        arrays[name] = pyarrow.array(values, kind)
    fields = [pyarrow.field(name, array.type, nulls > 0) for name, array in arrays.items()]
    return pyarrow.table(list(arrays.values()), schema=pyarrow.schema(fields))


@pytest.fixture(scope="module", params=[(ROWS, 0), (ROWS, 0.05), (2_000, 0.9), (100, 1), (0, 0.5)],
                ids=["no nulls", "nulls", "mostly nulls", "all null", "empty"])
def source(request, tmp_path_factory):
    rows, nulls = request.param
    path = tmp_path_factory.mktemp("source") / "source.arrow"
    table = make_table(rows, nulls, seed=rows)
    with pyarrow.ipc.new_file(path, table.schema) as file:
        file.write_table(table, max_chunksize=7_000)
    return path, table


def copy(source, target, options="", threads=2):
    succeed("sql", f"SET threads = {threads}; COPY (SELECT * FROM '{source}') TO '{target}' {options}")


OPTIONS = [
    "",
    "(compression zstd, compression_level 5, row_group_size 5000)",
    "(compression lz4, row_group_size 1)",
    "(compression gzip, row_group_size 9000, bloom_filter_columns ['key', 'name', 'huge', 'noise', 'list'])",
    "(compression none, row_group_size_bytes '300kB')",
    "(compression brotli)",
]


@pytest.mark.parametrize("options", OPTIONS)
def test_three_readers_read_what_was_written(source, tmp_path, options):
    path, table = source
    if "row_group_size 1)" in options:
        table = table.slice(0, 50)
        path = tmp_path / "few.arrow"
        with pyarrow.ipc.new_file(path, table.schema) as file:
            file.write_table(table)
    out = tmp_path / "out.parquet"
    copy(path, out, options)
    read = parquet.read_table(out)
    assert read.schema.names == table.schema.names
    assert read.cast(table.schema).to_pylist() == table.to_pylist()
    assert [f.nullable for f in read.schema] == [f.nullable for f in table.schema]

    read_by_duckdb = duckdb.connect().sql(f"SELECT * FROM '{out}'").to_arrow_table()
    flat = [name for name, (kind, _) in COLUMNS.items() if not pyarrow.types.is_map(kind)]
    assert read_by_duckdb.select(flat).to_pylist() == table.select(flat).to_pylist()

    read_by_polars = polars.read_parquet(out).drop("map", "clock")
    expected = polars.from_arrow(table.drop_columns(["map", "clock"]))
    assert read_by_polars.equals(expected.cast(read_by_polars.schema))


def bounds(values):
    values = [v for v in values if v is not None and v == v]
    return (min(values), max(values)) if values else (None, None)


def test_statistics_are_those_of_the_rows(source, tmp_path):
    path, table = source
    out = tmp_path / "out.parquet"
    copy(path, out, "(row_group_size 3000)")
    meta = parquet.ParquetFile(out).metadata
    assert meta.num_rows == table.num_rows
    assert [meta.row_group(i).num_rows for i in range(meta.num_row_groups)][:-1] == [3_000] * (meta.num_row_groups - 1)
    first = 0
    for group in range(meta.num_row_groups):
        rows = meta.row_group(group).num_rows
        for leaf in range(meta.num_columns):
            chunk = meta.row_group(group).column(leaf)
            if "." in chunk.path_in_schema or chunk.path_in_schema == "clock":
                continue
            values = table.column(chunk.path_in_schema).slice(first, rows).to_pylist()
            statistics = chunk.statistics
            assert statistics.null_count == values.count(None), chunk.path_in_schema
            least, most = bounds(values)
            assert statistics.has_min_max == (least is not None)
            if least is None or chunk.path_in_schema == "blob":  # whose bound of 400 bytes is cut
                continue
            found = statistics.min, statistics.max
            if isinstance(least, str):
                least, most = min(v.encode() for v in values if v is not None), max(v.encode() for v in values if v is not None)
                found = found[0].encode(), found[1].encode()
            assert found == (least, most), chunk.path_in_schema
            if isinstance(least, float) and least == 0:
                assert math.copysign(1, found[0]) == -1
        first += rows


def test_duckdb_prunes_by_them(tmp_path):
    """Filters that DuckDB answers from statistics and Bloom filters keep their rows."""
    out = tmp_path / "out.parquet"
    rows = 50_000
    succeed("sql", f"""COPY (SELECT range AS k, range * 7919 % 1000003 AS h, cast(range * 7919 % 1000003 AS varchar) AS t,
                       CASE WHEN range % 3 = 0 THEN NULL ELSE range / 8 END AS n FROM range({rows})) TO '{out}'
                       (row_group_size 5000, bloom_filter_columns [h, t])""")
    connection = duckdb.connect()
    probes = connection.execute(f"SELECT file_name FROM parquet_bloom_probe('{out}', 'h', {7919 * 12_345 % 1_000_003})").fetchall()
    excluded = connection.execute(
        f"SELECT bloom_filter_excludes, count(*) FROM parquet_bloom_probe('{out}', 'h', {7919 * 12_345 % 1_000_003}) GROUP BY 1").fetchall()
    assert len(probes) == 10 and dict(excluded).get(True, 0) >= 8 and dict(excluded).get(False, 0) >= 1
    for row in random.Random(1).sample(range(rows), 20):
        hashed = row * 7919 % 1_000_003
        assert connection.execute(f"SELECT k FROM '{out}' WHERE h = {hashed}").fetchall() == [(row,)]
        assert connection.execute(f"SELECT k FROM '{out}' WHERE t = '{hashed}'").fetchall() == [(row,)]
        assert connection.execute(f"SELECT h FROM '{out}' WHERE k = {row}").fetchall() == [(hashed,)]
    assert connection.execute(f"SELECT count(*) FROM '{out}' WHERE n IS NULL").fetchall() == [((rows + 2) // 3,)]


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def many_pieces(tmp_path_factory):
    path = tmp_path_factory.mktemp("pieces") / "source.parquet"
    parquet.write_table(make_table(25_000, 0.1, seed=5), path, row_group_size=1_500)
    return path


@pytest.mark.parametrize("query", [
    "SELECT * FROM '{source}'",
    "SELECT * FROM '{source}' WHERE key % 3 = 1 AND quantity < 40",
    "SELECT key, text, list FROM '{source}' ORDER BY text, key",
])
@pytest.mark.parametrize("file_format", ["parquet", "csv", "ndjson", "arrow"])
def test_bytes_do_not_depend_on_threads(many_pieces, tmp_path, query, file_format):
    options = "FORMAT parquet, row_group_size 4000" if file_format == "parquet" else f"FORMAT {file_format}"
    found = set()
    for threads in (1, 2, 5):
        out = tmp_path / f"{threads}.{file_format}"
        succeed("sql", f"SET threads = {threads}; COPY ({query.format(source=many_pieces)}) TO '{out}' ({options})")
        found.add(digest(out))
    assert len(found) == 1


def test_wrong_options_say_what_is_expected(tmp_path):
    out = tmp_path / "x.parquet"
    for options, says in [
        ("compression rar", "expects snappy, zstd, gzip, lz4, brotli or none"),
        ("compression_level 3", "snappy has no levels"),
        ("compression zstd, compression_level 99", "expects a number from 1 to 22"),
        ("row_group_size 0", "expects a number of rows"),
        ("row_group_size_bytes 'much'", "expects a size such as 64MiB"),
        ("bloom_filter_columns [y]", "names column 'y', which is not written"),
        ("bloom_filter_columns [b]", "boolean column 'b' says nothing"),
        ("bloom_filter_false_positive_ratio 2", "a number between 0 and 1"),
        ("rowgroup 3", "parquet has no option 'rowgroup'"),
    ]:
        fail("sql", f"COPY (SELECT 1 AS x, true AS b) TO '{out}' ({options})", says=[says])
    assert list(tmp_path.iterdir()) == []


def test_little_memory(tmp_path):
    """Rows that come early wait in spill files, row groups become smaller: the rows are the same."""
    out = tmp_path / "x.parquet"
    succeed("sql", f"""SET memory_limit = '48MiB'; SET threads = 4;
                       COPY (SELECT range AS k, repeat('text ', 40) || range AS t FROM range(400000)) TO '{out}'""")
    answer = duckdb.connect().execute(
        f"SELECT count(*), sum(k), sum(length(t)), min(t) FROM '{out}' WHERE t = repeat('text ', 40) || k").fetchall()
    assert answer[0][:2] == (400_000, 400_000 * 399_999 // 2)
    assert parquet.read_table(out, columns=["k"])["k"].to_pylist() == list(range(400_000))
