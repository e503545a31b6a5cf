"""Parquet files by pyarrow: every type that headrace reads × encodings × codecs × page versions × nulls × sizes, from a seed.

A `Shape` says what a file is like as a whole; `write_file` makes its columns and gives the pyarrow table that was read back. The
encoding of a column is chosen for each of its leaves among those that its physical type allows; `turn` goes round them, so that
four files with turns 0 to 3 have each leaf in each encoding.
"""

import dataclasses
import datetime
import decimal
import io
import itertools
import string

import numpy
import pyarrow
import pyarrow.parquet

CODECS = ("none", "snappy", "gzip", "zstd", "lz4", "brotli")
VERSIONS = ("1.0", "2.0")
NULLS = ("required", "no nulls", "few", "many", "all", "runs")
PAGES = ("tiny", "small", "medium", "one")
GROUPS = (1, 7, 2_047, 2_048, 2_049, 65_536, 65_537, 200_000)
TURNS = (0, 1, 2, 3)
DIMENSIONS = {"codec": CODECS, "version": VERSIONS, "nulls": NULLS, "pages": PAGES, "group_rows": GROUPS, "turn": TURNS}
POOL_MAX = 3_000  # distinct values of a type that is made one by one


@dataclasses.dataclass(frozen=True)
class Shape:
    codec: str = "snappy"
    version: str = "1.0"  # of data pages
    nulls: str = "few"
    pages: str = "medium"
    group_rows: int = 2_048
    turn: int = 0


def all_pairs(chance):
    """Shapes in which any two values of any two dimensions meet at least once."""
    names = list(DIMENSIONS)
    missing = {((a, x), (b, y)) for a, b in itertools.combinations(names, 2) for x in DIMENSIONS[a] for y in DIMENSIONS[b]}
    shapes = []
    while missing:
        (a, x), (b, y) = min(missing, key=str)
        best, best_count = None, -1
        for _ in range(60):
            chosen = {name: DIMENSIONS[name][chance.integers(len(DIMENSIONS[name]))] for name in names} | {a: x, b: y}
            count = len(missing & pairs_of(chosen))
            if count > best_count:
                best, best_count = chosen, count
        missing -= pairs_of(best)
        shapes.append(Shape(**best))
    return shapes


def pairs_of(chosen):
    return set(itertools.combinations(chosen.items(), 2))


# --- values, without nulls: pools of distinct values and what repeats among them

def integers(bits, signed):
    kind = numpy.dtype(f"{'i' if signed else 'u'}{bits // 8}")
    limits = numpy.iinfo(kind)

    def pool(chance, count):
        values = chance.integers(limits.min, limits.max, count, dtype=kind, endpoint=True)
        if count > 8 and chance.random() < 0.5:  # close together, for bits that pack
            values = (values % numpy.asarray(100, kind) + numpy.asarray(limits.max // 2, kind)).astype(kind)
        edge = numpy.array([limits.min, limits.max, 0, 1], kind)
        values[:min(count, 4)] = edge[:min(count, 4)]
        return pyarrow.array(values)
    return pool


def floats(kind):
    def pool(chance, count):
        values = chance.standard_normal(count).astype(kind)
        special = numpy.array([numpy.nan, numpy.inf, -numpy.inf, 0.0, -0.0, numpy.finfo(kind).smallest_subnormal, numpy.finfo(kind).max],
                              kind)
        values[:min(count, len(special))] = special[:count]
        return pyarrow.array(values)
    return pool


def decimals(precision, scale):
    def pool(chance, count):
        count = min(count, POOL_MAX)
        digits = [int(chance.integers(0, precision, endpoint=True)) for _ in range(count)]
        values = [(1 if chance.random() < 0.5 else -1) * int("0" + "".join(map(str, chance.integers(0, 10, d)))) for d in digits]
        edge = [10**precision - 1, 1 - 10**precision, 0, 1, -1]
        values[:len(edge)] = edge[:count]
        # not by Decimal(value) / 10**scale: its context has 28 digits
        return pyarrow.array([decimal.Decimal(value).scaleb(-scale, decimal.Context(prec=40)) for value in values],
                             pyarrow.decimal128(precision, scale))
    return pool


def counted(kind, least, greatest, step=1):
    """Values that are counted from somewhere: moments, days."""
    def pool(chance, count):
        values = chance.integers(least, greatest, count, dtype=numpy.int64, endpoint=True)
        values[:min(count, 3)] = numpy.array([least, greatest, 0])[:count]
        narrow = pyarrow.types.is_time32(kind) or pyarrow.types.is_date32(kind)
        values = values // step * step
        return pyarrow.array(values.astype(numpy.int32) if narrow else values).cast(kind)
    return pool


DAY_FIRST, DAY_LAST = (datetime.date(1, 1, 1) - datetime.date(1970, 1, 1)).days, (datetime.date(9999, 12, 31) - datetime.date(1970, 1, 1)).days
PER_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}


def moments(unit, zone=None):
    if unit == "ns":
        return counted(pyarrow.timestamp(unit, zone), -9_223_372_036_854_774_000, 9_223_372_036_854_774_000, 1 if zone is None else 1_000)
    return counted(pyarrow.timestamp(unit, zone), DAY_FIRST * PER_DAY[unit], DAY_LAST * PER_DAY[unit])


def texts(kind):
    letters = numpy.array(list(string.ascii_letters + "äß漢🙂 "))

    def pool(chance, count):
        count = min(count, POOL_MAX)
        values, prefix = ["", "a", "exactly12345", "thirteen chars"], ""
        while len(values) < count:
            if chance.random() < 0.2:  # the next few begin alike
                prefix = "".join(chance.choice(letters, int(chance.integers(0, 20))))
            length = int(chance.integers(0, 300 if chance.random() < 0.02 else 20))
            values.append(prefix + "".join(chance.choice(letters, length)))
        return pyarrow.array(values[:count], pyarrow.string()).cast(kind)
    return pool


def bytes_of(kind, width=None):
    def pool(chance, count):
        count = min(count, POOL_MAX)
        values = [chance.bytes(int(chance.integers(0, 24)) if width is None else width) for _ in range(count)]
        return pyarrow.array(values, kind)
    return pool


def uuids(chance, count):
    return pyarrow.array([chance.bytes(16) for _ in range(min(count, POOL_MAX))], pyarrow.uuid())


DECIMALS = [(1, 0), (4, 2), (9, 2), (9, 9), (10, 0), (17, 5), (18, 0), (18, 18), (19, 4), (24, 6), (38, 0), (38, 20), (38, 38)]
POOLS = {
    "b": (pyarrow.bool_(), lambda chance, count: pyarrow.array([False, True][:count])),
    **{f"i{bits}": (getattr(pyarrow, f"int{bits}")(), integers(bits, True)) for bits in (8, 16, 32, 64)},
    **{f"u{bits}": (getattr(pyarrow, f"uint{bits}")(), integers(bits, False)) for bits in (8, 16, 32, 64)},
    "f16": (pyarrow.float16(), floats(numpy.float16)),
    "f32": (pyarrow.float32(), floats(numpy.float32)),
    "f64": (pyarrow.float64(), floats(numpy.float64)),
    **{f"d{p}_{s}": (pyarrow.decimal128(p, s), decimals(p, s)) for p, s in DECIMALS},
    "date": (pyarrow.date32(), counted(pyarrow.date32(), DAY_FIRST, DAY_LAST)),
    "date64": (pyarrow.date64(), counted(pyarrow.date64(), DAY_FIRST * PER_DAY["ms"], DAY_LAST * PER_DAY["ms"], PER_DAY["ms"])),
    "time_s": (pyarrow.time32("s"), counted(pyarrow.time32("s"), 0, PER_DAY["s"] - 1)),
    "time_ms": (pyarrow.time32("ms"), counted(pyarrow.time32("ms"), 0, PER_DAY["ms"] - 1)),
    "time_us": (pyarrow.time64("us"), counted(pyarrow.time64("us"), 0, PER_DAY["us"] - 1)),
    "time_ns": (pyarrow.time64("ns"), counted(pyarrow.time64("ns"), 0, PER_DAY["ns"] - 1_000, 1_000)),
    **{f"at_{unit}": (pyarrow.timestamp(unit), moments(unit)) for unit in ("s", "ms", "us", "ns")},
    **{f"utc_{unit}": (pyarrow.timestamp(unit, "UTC"), moments(unit, "UTC")) for unit in ("s", "ms", "us", "ns")},
    "zurich": (pyarrow.timestamp("us", "Europe/Zurich"), moments("us", "Europe/Zurich")),
    "duration": (pyarrow.duration("us"), counted(pyarrow.duration("us"), -(10**15), 10**15)),
    "text": (pyarrow.string(), texts(pyarrow.string())),
    "large_text": (pyarrow.large_string(), texts(pyarrow.large_string())),
    "bytes": (pyarrow.binary(), bytes_of(pyarrow.binary())),
    "large_bytes": (pyarrow.large_binary(), bytes_of(pyarrow.large_binary())),
    **{f"fixed{width}": (pyarrow.binary(width), bytes_of(pyarrow.binary(width), width)) for width in (1, 5, 16, 33)},
    "uuid": (pyarrow.uuid(), uuids),
}


def repeated(pool, chance, rows):
    """`rows` values of a pool: all different, few, in runs, sorted, one alone, or first many and then one."""
    count = len(pool)
    how = chance.choice(["wide", "wide", "few", "runs", "sorted", "one", "wide then few"])
    if how == "few":
        places = chance.integers(0, min(count, 6), rows)
    elif how == "runs":
        places = numpy.repeat(chance.integers(0, count, rows), chance.choice([1, 2, 9, 60, 500], rows))[:rows]
    elif how == "sorted":
        places = numpy.sort(chance.integers(0, count, rows))
    elif how == "one":
        places = numpy.full(rows, chance.integers(count))
    else:
        places = chance.integers(0, count, rows) if count < rows else numpy.arange(rows)
        if how == "wide then few":
            places[rows // 2:] = places[:max(rows, 1)][-1:]
    return pool.take(pyarrow.array(places))


def absent(nulls, chance, rows):
    """[rows] True where there is no value; None when there is always one."""
    if nulls in ("required", "no nulls"):
        return None
    if nulls == "all":
        return numpy.ones(rows, bool)
    if nulls == "runs":
        return numpy.repeat(chance.random(rows) < 0.5, chance.choice([1, 3, 40, 700], rows))[:rows]
    return chance.random(rows) < (0.01 if nulls == "few" else 0.7)


# --- columns: make(chance, rows, nulls) gives an array of the type that type_of(nulls) says

class Flat:
    def __init__(self, kind, pool):
        self.kind, self.pool = kind, pool

    def type_of(self, nulls):
        return self.kind

    def make(self, chance, rows, nulls):
        if rows == 0:
            return pyarrow.array([], self.kind)
        values = repeated(self.pool(chance, max(1, min(rows, 100_000))), chance, rows)
        mask = absent(nulls, chance, rows)
        if mask is None:
            return values
        return values.take(pyarrow.array(numpy.arange(rows), mask=mask))


class Enum:
    """Dictionaries of Arrow."""

    def type_of(self, nulls):
        return pyarrow.dictionary(pyarrow.int32(), pyarrow.string())

    def make(self, chance, rows, nulls):
        codes = pyarrow.array(chance.integers(0, 5, rows, dtype=numpy.int32), mask=absent(nulls, chance, rows))
        return pyarrow.DictionaryArray.from_arrays(codes, ["Ann", "Bob", "", "Zoë with a longer name", "Dan"])


def field(name, part, nulls):
    return pyarrow.field(name, part.type_of(nulls), nullable=nulls != "required")


class List:
    def __init__(self, element, kind=pyarrow.list_):
        self.element, self.kind = element, kind

    def type_of(self, nulls):
        return self.kind(field("element", self.element, nulls))

    def make(self, chance, rows, nulls):
        ends, mask = list_ends(chance, rows, nulls)
        elements = self.element.make(chance, int(ends[-1]), nulls)
        arrays = pyarrow.LargeListArray if self.kind is pyarrow.large_list else pyarrow.ListArray
        width = numpy.int64 if self.kind is pyarrow.large_list else numpy.int32
        return arrays.from_arrays(pyarrow.array(ends.astype(width)), elements, type=self.type_of(nulls), mask=mask)


def list_ends(chance, rows, nulls):
    """[rows + 1] offsets of lists, empty ones among them, and which are null."""
    lengths = chance.choice([0, 0, 1, 1, 2, 3, 9], rows)
    if rows > 5 and chance.random() < 0.3:
        lengths[chance.integers(rows)] = 3_000  # more than a vector, and than a small page
    mask = absent(nulls, chance, rows)
    if mask is not None:
        lengths[mask] = 0
    return numpy.concatenate([[0], numpy.cumsum(lengths)]), None if mask is None else pyarrow.array(mask)


class FixedList:
    def __init__(self, element, length):
        self.element, self.length = element, length

    def type_of(self, nulls):
        return pyarrow.list_(field("element", self.element, nulls), self.length)

    def make(self, chance, rows, nulls):
        elements = self.element.make(chance, rows * self.length, nulls)
        mask = absent(nulls, chance, rows)
        return pyarrow.FixedSizeListArray.from_arrays(elements, type=self.type_of(nulls), mask=None if mask is None else pyarrow.array(mask))


class Struct:
    def __init__(self, **parts):
        self.parts = parts

    def type_of(self, nulls):
        return pyarrow.struct([field(name, part, nulls) for name, part in self.parts.items()])

    def make(self, chance, rows, nulls):
        children = [part.make(chance, rows, nulls) for part in self.parts.values()]
        mask = absent(nulls, chance, rows)
        return pyarrow.StructArray.from_arrays(children, fields=list(self.type_of(nulls)), mask=None if mask is None else pyarrow.array(mask))


class Map:
    def __init__(self, value):
        self.value = value

    def type_of(self, nulls):
        return pyarrow.map_(pyarrow.string(), field("value", self.value, nulls))

    def make(self, chance, rows, nulls):
        ends, mask = list_ends(chance, rows, nulls)
        places = numpy.arange(ends[-1]) - numpy.repeat(ends[:-1], numpy.diff(ends))  # distinct within a map
        keys = pyarrow.compute.binary_join_element_wise(pyarrow.scalar("key "), pyarrow.array(places).cast(pyarrow.string()), "")
        values = self.value.make(chance, int(ends[-1]), nulls)
        return pyarrow.MapArray.from_arrays(pyarrow.array(ends.astype(numpy.int32)), keys, values, type=self.type_of(nulls), mask=mask)


FLAT = {name: Flat(kind, pool) for name, (kind, pool) in POOLS.items()}
TEXT, INT, FLOAT, BOOL, MOMENT = (FLAT[name] for name in ("text", "i64", "f64", "b", "at_us"))
NESTED = {
    "enum": Enum(),
    "list_int": List(INT),
    "list_text": List(TEXT),
    "list_bool": List(BOOL),
    "list_decimal": List(FLAT["d24_6"]),
    "large_list": List(FLAT["i16"], pyarrow.large_list),
    "list_fixed": List(FLAT["fixed5"]),
    "list_list": List(List(FLAT["i32"])),
    "list_list_list": List(List(List(FLAT["u8"]))),
    "struct_flat": Struct(a=INT, b=TEXT, c=BOOL, d=FLAT["d9_2"]),
    "struct_struct": Struct(a=Struct(x=FLOAT, y=Struct(z=TEXT)), b=FLAT["date"]),
    "struct_list": Struct(a=List(TEXT), b=INT),
    "list_struct": List(Struct(a=INT, b=TEXT, c=MOMENT)),
    "list_struct_list": List(Struct(a=List(FLAT["i8"]), b=Struct(c=List(TEXT)))),
    "struct_of_all": Struct(l=List(Struct(m=Map(INT), t=TEXT)), e=List(List(FLOAT))),
    "map_int": Map(INT),
    "map_list": Map(List(TEXT)),
    "map_struct": Map(Struct(a=FLAT["time_us"], b=FLOAT)),
    "map_map": Map(Map(FLAT["f32"])),
}
PARTS = FLAT | NESTED
NESTINGS = {
    "list": List,
    "struct": lambda part: Struct(a=part, b=INT),
    "map": Map,
    "lists": lambda part: List(Struct(a=List(part), b=part)),
}


# --- files

def row_count(shape, chance):
    """Several row groups, the last one short, and not more than a test has time for."""
    if shape.group_rows <= 7:
        return shape.group_rows * int(chance.integers(8, 40)) + int(chance.integers(shape.group_rows))
    if shape.group_rows < 65_536:
        return shape.group_rows * 2 + int(chance.integers(shape.group_rows))
    return shape.group_rows + int(chance.choice([0, 1, 2_047, 70_000]))


def column_names(shape, chance):
    """All of them, or eight where row groups are large."""
    names = list(PARTS)
    if shape.group_rows < 65_536:
        return names
    return sorted(chance.choice(names, 8, replace=False), key=names.index)


def make_table(shape, chance, names, rows, parts=PARTS):
    fields, arrays = [], []
    for name in names:
        part = parts[name]
        fields.append(field(name, part, shape.nulls))
        arrays.append(part.make(chance, rows, shape.nulls))
    order = numpy.arange(rows, dtype=numpy.int64)
    for name, values in (("place", order), ("shuffled", chance.permutation(order))):
        fields.append(pyarrow.field(name, pyarrow.int64(), nullable=False))
        arrays.append(pyarrow.array(values))
    return pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(fields))


ENCODINGS = {
    "BOOLEAN": ("PLAIN", "RLE"),
    "INT32": ("DICTIONARY", "PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"),
    "INT64": ("DICTIONARY", "PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"),
    "INT96": ("DICTIONARY", "PLAIN"),
    "FLOAT": ("DICTIONARY", "PLAIN", "BYTE_STREAM_SPLIT"),
    "DOUBLE": ("DICTIONARY", "PLAIN", "BYTE_STREAM_SPLIT"),
    "BYTE_ARRAY": ("DICTIONARY", "PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"),
    "FIXED_LEN_BYTE_ARRAY": ("DICTIONARY", "PLAIN", "BYTE_STREAM_SPLIT", "DELTA_BYTE_ARRAY"),
}
PAGE_OPTIONS = {
    "tiny": {"max_rows_per_page": 3, "data_page_size": 1, "write_batch_size": 5},
    "small": {"data_page_size": 512, "write_batch_size": 64},
    "medium": {"data_page_size": 16_384, "write_batch_size": 1_024},
    "one": {"data_page_size": 1 << 30, "max_rows_per_page": 1 << 30},
}


def leaves_of(table, **options):
    """The leaves of the file that pyarrow would write: ColumnSchemas."""
    file = io.BytesIO()
    pyarrow.parquet.write_table(table.slice(0, 0), file, **options)
    schema = pyarrow.parquet.ParquetFile(file).schema
    return [schema.column(leaf) for leaf in range(len(schema.names))]


def encodings_of(leaf):
    """What pyarrow writes for the leaf and can read again: not a dictionary array from deltas, and no page of bools in RLE
    that holds empty lists alone."""
    if leaf.path == "enum":
        return ("DICTIONARY", "PLAIN")
    if leaf.physical_type == "BOOLEAN" and leaf.max_repetition_level > 0:
        return ("PLAIN",)
    return ENCODINGS[leaf.physical_type]


def page_options(shape):
    options = PAGE_OPTIONS[shape.pages]
    if shape.pages == "tiny" and shape.group_rows >= 65_536:
        return options | {"max_rows_per_page": 100, "write_batch_size": 100}
    return options


def random_options(shape, chance):
    """What a writer may choose, and no reader may care about."""
    any_of = lambda *choices: choices[chance.integers(len(choices))]  # noqa: E731
    return {
        "compression": shape.codec, **({"compression_level": 1} if shape.codec in ("gzip", "brotli") else {}), "data_page_version": shape.version, **page_options(shape),
        "store_schema": any_of(True, False),
        "write_statistics": any_of(True, False),
        "write_page_index": any_of(True, False),
        "write_page_checksum": any_of(True, False),
        "store_decimal_as_integer": any_of(True, False),
        "dictionary_pagesize_limit": any_of(100, 4_000, 1 << 20),
    }


def write_file(path, shape, chance, names=None, rows=None, parts=None):
    """Writes a file of `names`, or of all `parts`, and gives what pyarrow reads of it. What pyarrow can write and not read (some pages without a value) is
    written again with larger pages."""
    rows = row_count(shape, chance) if rows is None else rows
    if parts is not None:
        table = make_table(shape, chance, list(parts), rows, parts)
    else:
        table = make_table(shape, chance, column_names(shape, chance) if names is None else names, rows)
    try:
        write_table(path, table, shape, chance)
        return read_file(path)
    except (pyarrow.ArrowException, OSError):
        write_table(path, table, dataclasses.replace(shape, pages="medium"), chance)
        return read_file(path)


def write_table(path, table, shape, chance):
    options = random_options(shape, chance)
    if chance.random() < 0.2:
        options["use_deprecated_int96_timestamps"] = True
    form = {name: options[name] for name in ("store_decimal_as_integer", "use_deprecated_int96_timestamps") if name in options}
    dictionary, encodings = [], {}
    for number, leaf in enumerate(leaves_of(table, **form)):
        choices = encodings_of(leaf)
        encoding = choices[(number + shape.turn) % len(choices)]
        if encoding == "DICTIONARY":
            dictionary.append(leaf.path)
        else:
            encodings[leaf.path] = encoding
    pyarrow.parquet.write_table(table, path, row_group_size=shape.group_rows, use_dictionary=dictionary,
                                column_encoding=encodings, **options)


def read_file(path):
    return pyarrow.parquet.read_table(path, coerce_int96_timestamp_unit="us", use_threads=False)
