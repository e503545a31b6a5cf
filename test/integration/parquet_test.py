"""Parquet files of every type × encoding × codec × page version × nulls × nesting × page and row group size, value for value against
Arrow's reader; projections, filters and limits over them against pyarrow.compute.

    HEADRACE_SEED=7 pytest test/integration/parquet_test.py       other files
    pytest -m long test/integration/parquet_test.py               1,440 shapes, and borders of morsels (./dev check --long)

A failure prints the seed, the shape and the statement; the file stays in pytest's folder.
"""

import datetime
import decimal
import itertools
import os

import arrow_compare
import duckdb
import numpy
import parquet_files
import program
import pyarrow
import pyarrow.compute
import pyarrow.ipc
import pyarrow.parquet
import pytest
from parquet_files import DIMENSIONS, PARTS, Shape
from thrift_compact import I32, struct_numbers, zigzag_bytes

SEED = int(os.environ.get("HEADRACE_SEED", "5"))
SETTINGS = [("--threads", "1"), ("--threads", "4"), ("--threads", "4", "--set", "vector_rows=7")]


def shapes():
    return parquet_files.all_pairs(numpy.random.default_rng(SEED))


def name_of(shape):
    return f"{shape.codec}-v{shape.version[0]}-{shape.nulls}-{shape.pages}-{shape.group_rows}-{shape.turn}".replace(" ", "_")


def answers(queries, folder, *arguments):
    """The tables that headrace answers, all in one process."""
    paths = [folder / f"answer{number}.arrow" for number in range(len(queries))]
    script = "".join(f"COPY ({query}) TO '{path}' (FORMAT arrow);\n" for query, path in zip(queries, paths))
    program.succeed("sql", *arguments, stdin=script)
    for path in paths:
        with pyarrow.OSFile(str(path)) as file:
            table = pyarrow.ipc.open_file(file).read_all()
        path.unlink()
        yield table


def check_whole(path, expected, shape, *arguments):
    query = f"SELECT * FROM '{path}'"
    (found,) = answers([query], path.parent, *arguments)
    problem = arrow_compare.table_difference(expected, found)
    assert problem is None, f"seed {SEED}, {shape}, {' '.join(arguments)}, {query}\n{problem}"


# --- random queries: the text, and what pyarrow says to it

class Queries:
    def __init__(self, path, table, chance):
        self.path, self.chance = path, chance
        self.columns = {name: arrow_compare.plain(arrow_compare.whole(table[name])) for name in table.column_names}
        self.rows = table.num_rows

    def pick(self, *choices):
        return choices[self.chance.integers(len(choices))]

    def query(self):
        """(SQL, expected table)"""
        columns = list(self.chance.choice(list(self.columns), self.chance.integers(1, min(6, len(self.columns))), replace=False))
        texts, mask = [], numpy.ones(self.rows, bool)
        for _ in range(self.pick(0, 1, 1, 2, 3)):
            text, kept = self.pick(self.share, self.share, self.nulls, self.compare)()
            texts.append(text)
            mask &= kept
        sql = f"SELECT {', '.join(columns)} FROM '{self.path}'" + (" WHERE " + " AND ".join(texts) if texts else "")
        places = numpy.flatnonzero(mask)
        if self.chance.random() < 0.4:
            first, count = self.pick(0, 0, 1, 100, 3_000), self.pick(0, 1, 10, 2_048, 70_000)
            sql += f" LIMIT {count} OFFSET {first}"
            places = places[first:first + count]
        places = pyarrow.array(places)
        return sql, pyarrow.table({name: self.columns[name].take(places) for name in columns})

    def share(self):
        """Rows of a stretch of a column in order (whole pages go), or of one in no order (rows out of all pages)."""
        column = self.pick("place", "shuffled")
        rows = int(self.rows * self.pick(0, 0.001, 0.01, 0.5, 0.99, 1))
        first = int(self.chance.integers(0, max(self.rows - rows, 0), endpoint=True))
        values = self.columns[column].to_numpy()
        text, kept = self.pick(
            lambda: (f"{column} >= {first} AND {column} < {first + rows}", (values >= first) & (values < first + rows)),
            lambda: (f"{column} < {rows}", values < rows),
            lambda: (f"{column} % 1000 < {rows * 1000 // max(self.rows, 1)}", values % 1000 < rows * 1000 // max(self.rows, 1)))()
        return text, kept

    def nulls(self):
        column = self.pick(*self.columns)
        valid = self.columns[column].is_valid().to_numpy(zero_copy_only=False)
        return self.pick((f"{column} IS NULL", ~valid), (f"{column} IS NOT NULL", valid))

    def compare(self):
        """A column with one of its own values."""
        for _ in range(50):
            column = self.pick(*self.columns)
            if column == "duration":  # whole numbers for pyarrow
                continue
            values = self.columns[column]
            value = values[int(self.chance.integers(self.rows))].as_py() if self.rows and is_comparable(values.type) else None
            literal = literal_of(value, values.type)
            if literal is not None:
                break
        else:
            return "true", numpy.ones(self.rows, bool)
        sign = self.pick("=", "<>", "<", "<=", ">", ">=")
        return f"{column} {sign} {literal}", compared(values, sign, value)


COMPARE = {"=": "equal", "<>": "not_equal", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal"}


def is_comparable(kind):
    types = pyarrow.types
    if types.is_timestamp(kind) and kind.unit == "ns":  # pyarrow has no ns without pandas
        return False
    return any(test(kind) for test in (types.is_integer, types.is_floating, types.is_decimal, types.is_date, types.is_timestamp,
                                       types.is_string, types.is_boolean))


def literal_of(value, kind):
    """As SQL; None where there is none that is read exactly."""
    if value is None or isinstance(value, (list, dict, bytes, datetime.time, datetime.timedelta)) or not is_comparable(kind):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (datetime.date, datetime.datetime)) or type(value).__name__ == "Timestamp":
        return f"'{value}'::{'date' if pyarrow.types.is_date(kind) else 'timestamptz' if kind.tz else 'timestamp'}"
    if isinstance(value, float):
        return f"'{value!r}'::float{kind.bit_width}" if numpy.isfinite(value) else None
    if isinstance(value, decimal.Decimal):
        return f"'{value:f}'::decimal({kind.precision}, {kind.scale})"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"'{value}'::{kind}" if isinstance(value, int) else None


def compared(values, sign, value):
    """[rows] Null compares to nothing; NaN is above every number."""
    scalar = pyarrow.scalar(value, values.type)
    kept = pyarrow.compute.call_function(COMPARE[sign], [values, scalar])
    kept = pyarrow.compute.fill_null(kept, False).to_numpy(zero_copy_only=False).copy()
    if pyarrow.types.is_floating(values.type):
        floats = pyarrow.compute.fill_null(values, 0.0).to_numpy(zero_copy_only=False)
        kept |= numpy.isnan(floats) & (sign in (">", ">=", "<>"))
    return kept


def check_queries(path, table, shape, chance, count, *arguments):
    queries = Queries(path, table, chance)
    asked = [queries.query() for _ in range(count)]
    for (sql, expected), found in zip(asked, answers([sql for sql, _ in asked], path.parent, *arguments)):
        problem = arrow_compare.table_difference(expected, found)
        assert problem is None, f"seed {SEED}, {shape}, {' '.join(arguments)}, {sql}\n{problem}"


# --- tests

def check_shape(shape, folder, chance, queries):
    path = folder / "t.parquet"
    table = parquet_files.write_file(path, shape, chance)
    for arguments in SETTINGS if table.num_rows < 10_000 else SETTINGS[:2]:
        check_whole(path, table, shape, *arguments)
    check_queries(path, table, shape, chance, queries, *SETTINGS[chance.integers(2)])


@pytest.mark.slow
@pytest.mark.parametrize("shape", shapes(), ids=name_of)
def test_shapes(shape, tmp_path):
    """Any two choices of codec, page version, nulls, page size, row group size and turn of encodings meet in some file."""
    check_shape(shape, tmp_path, numpy.random.default_rng([SEED, *map(ord, str(shape))]), queries=12)


@pytest.mark.parametrize("turn", DIMENSIONS["turn"])
@pytest.mark.parametrize("nulls", DIMENSIONS["nulls"])
def test_all_columns(nulls, turn, tmp_path):
    """Every type in every encoding: pages of a few rows, and row groups that end inside a vector."""
    shape = Shape(nulls=nulls, turn=turn, pages="small", group_rows=700, version=("1.0", "2.0")[turn % 2])
    path = tmp_path / "t.parquet"
    chance = numpy.random.default_rng([SEED, turn, len(nulls)])
    table = parquet_files.write_file(path, shape, chance, list(PARTS), rows=1_600)
    check_whole(path, table, shape, "--threads", "2")
    check_queries(path, table, shape, chance, 6, "--threads", "2")


@pytest.mark.slow
@pytest.mark.parametrize("turn", DIMENSIONS["turn"])
@pytest.mark.parametrize("nulls", DIMENSIONS["nulls"])
def test_every_leaf_in_every_nesting(nulls, turn, tmp_path):
    """Each flat type in a list, in a struct, as a map's value, and in lists in structs in lists; in each encoding."""
    shape = Shape(nulls=nulls, turn=turn, pages=DIMENSIONS["pages"][(turn + len(nulls)) % 4], group_rows=150, version=("1.0", "2.0")[turn // 2],
                  codec=DIMENSIONS["codec"][(turn + len(nulls)) % 6])
    path = tmp_path / "t.parquet"
    chance = numpy.random.default_rng([SEED, turn, len(nulls), 1])
    parts = {f"{name}_{nesting}": wrap(part) for name, part in parquet_files.FLAT.items() for nesting, wrap in parquet_files.NESTINGS.items()}
    table = parquet_files.write_file(path, shape, chance, rows=220, parts=parts)
    check_whole(path, table, shape, "--threads", "2")
    check_queries(path, table, shape, chance, 6, "--threads", "2", "--set", f"vector_rows={(7, 2048)[turn % 2]}")


@pytest.mark.slow
@pytest.mark.parametrize("page_index", [False, True])
@pytest.mark.parametrize("version", DIMENSIONS["version"])
def test_pieces_of_nested_row_groups(version, page_index, tmp_path):
    """One row group that several workers read, whose pages end anywhere: their first rows are inside pages, and inside rows' pages."""
    names = ["list_int", "list_text", "struct_flat", "list_struct_list", "map_int"]
    chance = numpy.random.default_rng([SEED, int(page_index)])
    rows = 140_000
    table = parquet_files.make_table(Shape(nulls="few"), chance, names, rows)
    path = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(table, path, row_group_size=rows, data_page_version=version, data_page_size=20_000, write_batch_size=512,
                                write_page_index=page_index)
    for arguments in SETTINGS[:2]:
        check_whole(path, table, f"{version} {page_index}", *arguments)
    check_queries(path, table, f"{version} {page_index}", chance, 10, *SETTINGS[1])


@pytest.mark.long
@pytest.mark.parametrize("group_rows", DIMENSIONS["group_rows"])
@pytest.mark.parametrize("codec", DIMENSIONS["codec"])
def test_many_shapes(codec, group_rows, tmp_path):
    """30 of the 192 shapes that are left; another seed draws others."""
    rest = ("version", "nulls", "pages", "turn")
    choices = list(itertools.product(*(DIMENSIONS[name] for name in rest)))
    drawn = numpy.random.default_rng([SEED, group_rows, *map(ord, codec)]).choice(len(choices), 30, replace=False)
    for choice in map(choices.__getitem__, drawn):
        shape = Shape(codec=codec, group_rows=group_rows, **dict(zip(rest, choice)))
        check_shape(shape, tmp_path, numpy.random.default_rng([SEED, *map(ord, str(shape))]), queries=20)


@pytest.mark.long
@pytest.mark.parametrize("part", PARTS)
def test_morsel_borders(part, tmp_path):
    """One column of 200,000 rows, in each encoding, with pages of any number of rows."""
    for number, (nulls, turn) in enumerate(itertools.product(DIMENSIONS["nulls"], DIMENSIONS["turn"])):
        shape = Shape(nulls=nulls, turn=turn, pages=DIMENSIONS["pages"][number % 4], group_rows=(65_537, 200_000, 131_072)[number % 3],
                      version=("1.0", "2.0")[number % 2])
        path = tmp_path / "t.parquet"
        chance = numpy.random.default_rng([SEED, number])
        table = parquet_files.write_file(path, shape, chance, [part], rows=200_003)
        check_whole(path, table, shape, *SETTINGS[number % 2])
        check_queries(path, table, shape, chance, 8, *SETTINGS[number % 2])


# --- what pyarrow does not write or read

@pytest.mark.parametrize("version", ["V1", "V2"])
@pytest.mark.parametrize("codec", ["uncompressed", "snappy", "gzip", "zstd", "lz4_raw"])
def test_written_by_duckdb(codec, version, tmp_path):
    """Another writer: its encodings, its levels, its row groups."""
    path = tmp_path / "t.parquet"
    duckdb.sql(f"""COPY (SELECT range AS place, range * 7919 % 70000 AS shuffled, (range % 7)::utinyint AS few, CASE WHEN range % 5 <> 0 THEN range * 1000003 % 999983 END AS wide,
        sqrt(range) AS x, sqrt(range)::float AS y, 'name ' || range % 100 AS name, md5(range::varchar) AS text, range % 3 = 0 AS b,
        (range / 7)::decimal(9, 2) AS d9, (range * 1000003)::decimal(30, 3) AS d30, DATE '2000-01-01' + range::int % 9999 AS day,
        TIMESTAMP '2000-01-01' + INTERVAL (range) SECOND AS moment, uuid() AS id, encode(md5(range::varchar)) AS bytes,
        CASE WHEN range % 11 <> 0 THEN list_transform(range(range % 4), lambda v: v * 2) END AS l,
        CASE WHEN range % 13 <> 0 THEN {{'a': range, 'b': [NULL, 'x' || range]}} END AS s, MAP {{'k': range % 10}} AS m
        FROM range(70000)) TO '{path}' (FORMAT parquet, COMPRESSION {codec}, PARQUET_VERSION {version}, ROW_GROUP_SIZE 20480)""")
    table = parquet_files.read_file(path)
    for arguments in SETTINGS[:2]:
        check_whole(path, table, f"DuckDB {codec} {version}", *arguments)
    check_queries(path, table, f"DuckDB {codec} {version}", numpy.random.default_rng(SEED), 20)


@pytest.mark.parametrize("group_rows", [1, 50])
@pytest.mark.parametrize("version", DIMENSIONS["version"])
@pytest.mark.parametrize("kind, encodings", [
    (pyarrow.bool_(), ["PLAIN", "RLE"]),
    (pyarrow.float64(), ["PLAIN", "BYTE_STREAM_SPLIT"]),
    (pyarrow.int32(), ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"]),
    (pyarrow.string(), ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"]),
], ids=str)
def test_pages_without_values(kind, encodings, version, group_rows, tmp_path):
    """Pages of nulls and empty lists alone. DuckDB reads them."""
    values = [[], None, [], [None], [], [], None, [1, 1], [], [], []] * 20
    lists = [values and [v if v is None else {"bool": True, "string": "text"}.get(str(kind), v) for v in values] for values in values]
    flat = [None if one != [1, 1] else lists[7][0] for one in values]
    table = pyarrow.table({"l": pyarrow.array(lists, pyarrow.list_(kind)), "v": pyarrow.array(flat, kind)})
    for encoding in encodings:
        path = tmp_path / f"{encoding}.parquet"
        pyarrow.parquet.write_table(table, path, column_encoding={"l.list.element": encoding, "v": encoding}, use_dictionary=False,
                                    data_page_version=version, data_page_size=1, write_batch_size=2, max_rows_per_page=2, row_group_size=group_rows)
        check_whole(path, table, f"{kind} {encoding} {version}", "--threads", "1")


def as_decimals(content, precision, scale):
    """A file of one binary column with the footer's word that its bytes are decimals, which pyarrow does not write so."""
    begin = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    name = next(n for n in struct_numbers(content, begin)[0] if n.path == (2, 1, 4, "bytes"))  # of the schema's second element
    at = name.end + name.value
    kind, follows = content[at] & 15, 4 + (content[at] >> 4)
    added = b"".join(bytes([I32]) + zigzag_bytes(field) + zigzag_bytes(value) for field, value in ((6, 5), (7, scale), (8, precision)))
    rest = content[at:-8] if content[at] == 0 else bytes([kind]) + zigzag_bytes(follows) + content[at + 1:-8]
    footer = content[begin:at] + added + rest
    return content[:begin] + footer + len(footer).to_bytes(4, "little") + content[-4:]


@pytest.mark.parametrize("encoding", parquet_files.ENCODINGS["BYTE_ARRAY"])
@pytest.mark.parametrize("precision, scale, more_bytes_end", [
    (9, 2, 1), (9, 2, 3), (18, 5, 1), (18, 2, 3), (19, 0, 3), (38, 20, 3), (38, 38, 3)])
def test_decimals_of_any_length(precision, scale, more_bytes_end, encoding, tmp_path):
    """Of as many bytes as they need, or of more."""
    chance = numpy.random.default_rng([SEED, precision, scale])
    shape = Shape(nulls="few")
    decimals = parquet_files.Flat(pyarrow.decimal128(precision, scale), parquet_files.decimals(precision, scale))
    expected = decimals.make(chance, 3_000, shape.nulls)
    numbers = [None if v is None else int(v.scaleb(scale, decimal.Context(prec=40))) for v in expected.to_pylist()]
    stored = [None if n is None else n.to_bytes(min(n.bit_length() // 8 + 1 + int(chance.integers(more_bytes_end)), 16), "big", signed=True) for n in numbers]
    path = tmp_path / "t.parquet"
    options = {"use_dictionary": True} if encoding == "DICTIONARY" else {"use_dictionary": False, "column_encoding": encoding}
    pyarrow.parquet.write_table(pyarrow.table({"v": pyarrow.array(stored, pyarrow.binary())}), path, store_schema=False,
                                write_statistics=False, data_page_size=1_000, write_batch_size=100, row_group_size=1_100, **options)
    path.write_bytes(as_decimals(path.read_bytes(), precision, scale))
    table = pyarrow.table({"v": expected})
    assert arrow_compare.table_difference(table, parquet_files.read_file(path)) is None
    for arguments in SETTINGS:
        check_whole(path, table, f"decimal({precision}, {scale}) {encoding}", *arguments)


def test_time_of_ns(tmp_path):
    """Times of day are µs here: what is no whole number of them is refused, and the row is named."""
    path = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"t": pyarrow.array([1_000, 1_001], pyarrow.time64("ns"))}), path)
    program.fail("sql", f"SELECT t FROM '{path}'", says=[r"t\.parquet", "'?t'?", "1001", "row 2"])


@pytest.mark.parametrize("rows", [0, 1])
def test_no_rows(rows, tmp_path):
    """Columns without a row, and row groups without one between others."""
    shape = Shape()
    chance = numpy.random.default_rng(SEED)
    table = parquet_files.make_table(shape, chance, list(PARTS), rows)
    path = tmp_path / "t.parquet"
    with pyarrow.parquet.ParquetWriter(path, table.schema) as writer:
        for part in (table.slice(0, 0), table, table.slice(0, 0), table):
            writer.write_table(part)
    check_whole(path, parquet_files.read_file(path), shape)


def test_enums_are_texts(tmp_path):
    words = pyarrow.array(["one", None, "three"])
    table = pyarrow.table({"word": words, "list": pyarrow.array([["a", "b"], [], None]), "both": pyarrow.StructArray.from_arrays([words, words], ["x", "y"]),
                           "map": pyarrow.array([[("k", "v")], None, []], pyarrow.map_(pyarrow.string(), pyarrow.string()))})
    path = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(table, path, store_schema=False)
    expected = program.csv(f"SELECT * FROM '{path}'")
    # Of a schema element: its converted type, and its logical type.
    utf8, enum = b"\x25\x00\x4c\x1c\x00\x00", b"\x25\x08\x4c\x4c\x00\x00"
    content = path.read_bytes()
    assert content.count(utf8) == 6
    path.write_bytes(content.replace(utf8, enum))
    assert pyarrow.parquet.ParquetFile(path).schema.column(0).logical_type.type == "ENUM"
    assert program.csv(f"SELECT * FROM '{path}'") == expected
    assert program.csv(f"SELECT count(*) FROM '{path}' WHERE word LIKE 'th%'").splitlines()[-1] == "1"
