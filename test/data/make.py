"""Writes the data of test/equivalence. Fixed seed: the same files at every run.

    make.py            test/data/*.csv and *.ndjson, which are committed
    make.py DIRECTORY  the Parquet files, which the build makes (needs pyarrow)
"""

import datetime
import decimal
import json
import pathlib
import random
import sys

INT32 = [0, 1, -1, 2, -2, 3, 7, -7, 10, 100, -100, 46340, 46341, 65536, 2**31 - 1, 2**31 - 2, -(2**31), -(2**31) + 1]
INT64 = [0, 1, -1, 2, -3, 10, 1000, -1000, 2**31, -(2**31), 2**32 + 1, 3037000499, 3037000500, 2**53 + 1, 2**63 - 1, -(2**63), -(2**63) + 1]
FLOAT = ["0.0", "-0.0", "1.0", "-1.0", "0.5", "2.5", "-2.5", "0.1", "1e-310", "5e-324", "-5e-324", "2.2250738585072014e-308",
         "1.7976931348623157e+308", "-1.7976931348623157e+308", "inf", "-inf", "nan", "9007199254740992.0", "1e+22", "2147483647.5",
         "9.223372036854775e+18", "9.223372036854776e+18", "2.675", "-1.005", "123456.789"]
DECIMAL_12_2 = ["0.00", "0.01", "-0.01", "1.00", "-1.50", "2.50", "99.99", "-99.99", "9999999999.99", "-9999999999.99", "12345.67", "0.05"]
DECIMAL_38_10 = ["0.0000000000", "1.0000000000", "-1.0000000000", "0.0000000001", "-0.0000000001", "3.5000000000",
                 "9999999999999999999999999999.9999999999", "-9999999999999999999999999999.9999999999",
                 "5000000000000000000000000000.0000000000", "12345678901234567890.1234567890", "2.7500000000"]
DECIMAL_38_0 = ["0", "1", "-1", "7", "99999999999999999999999999999999999999", "-99999999999999999999999999999999999999",
                "50000000000000000000000000000000000000", "10000000000000000000", "-12345678901234567890"]
DATE = ["1970-01-01", "1969-12-31", "2000-02-29", "1999-12-31", "2024-02-29", "2023-01-31", "2023-12-31", "1900-02-28", "0001-01-01",
        "9999-12-31", "1582-10-15", "2013-06-15"]
TIMESTAMP = ["1970-01-01 00:00:00", "1969-12-31 23:59:59.999999", "2000-02-29 12:34:56", "2024-12-31 23:59:59.999999",
             "2013-01-01 05:00:00", "1900-01-01 00:00:00.000001", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999", "2023-03-31 06:30:00"]
TEXT = ["", "a", "b", "A", "abc", "ABC", "twelve bytes", "thirteen byte", "a text that is longer than any inline string", "ä", "Ünïcödé",
        "日本語", "😀😁", "a%b", "a_b", "%", "_", "\\", "it's", "say \"x\"", "comma, here", " blanks ", "éa", "zz", "x" * 300]
NUMBER_TEXT = ["0", "1", "-1", "12.5", "-0.005", "1e3", " 7 ", "x", "", "2147483648", "-9223372036854775808", "9223372036854775808", "nan", "inf",
               "true", "No", "2020-02-30", "2020-02-29", "1999-12-31 23:59:59.5", "99999999999999999999999999999999999999999", "+4", "1.", ".5",
               "1e400", "2.5", "-2.5"]
BOOL = ["true", "false"]

COLUMNS = {  # name: (pool, Parquet type)
    "i": (INT32, "int32"), "j": (INT32, "int32"), "l": (INT64, "int64"), "m": (INT64, "int64"), "x": (FLOAT, "float64"), "y": (FLOAT, "float64"),
    "d": (DECIMAL_12_2, (12, 2)), "e": (DECIMAL_38_10, (38, 10)), "g": (DECIMAL_38_0, (38, 0)), "a": (BOOL, "bool"), "b": (BOOL, "bool"),
    "t": (DATE, "date"), "u": (DATE, "date"), "p": (TIMESTAMP, "timestamp"), "q": (TIMESTAMP, "timestamp"), "s": (TEXT, "utf8"),
    "r": (TEXT, "utf8"), "n": (NUMBER_TEXT, "utf8"), "k": ([0, 1, 2, 3], "int64"),
}


def edge_rows(seed, rows, null_share):
    """Rows of COLUMNS: every value of each pool, then random ones; None for null."""
    chance = random.Random(seed)
    columns = {"row": list(range(rows))}
    for name, (pool, _) in COLUMNS.items():
        values = [pool[row] if row < len(pool) else chance.choice(pool) for row in range(rows)]
        chance.shuffle(values)
        columns[name] = [None if chance.random() < null_share else value for value in values]
    return columns


def field(value, text):
    if value is None:
        return ""
    return '"' + value.replace('"', '""') + '"' if text else str(value)


def write_csv(path, columns, texts):
    lines = [",".join(columns)]
    for row in zip(*columns.values(), strict=True):
        lines.append(",".join(field(value, name in texts) for name, value in zip(columns, row, strict=True)))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def join_columns(parts):
    """One table of several, row numbers running on."""
    columns = {name: sum((part[name] for part in parts), []) for name in parts[0]}
    columns["row"] = list(range(len(columns["row"])))
    return columns


def nested_rows(seed, rows):
    """Lists, structs and maps; null, empty and with nulls inside."""
    chance = random.Random(seed)
    word = lambda: chance.choice(["a", "b c", "it's", "", "NULL", "ä, ö", "[x]", None])  # noqa: E731
    number = lambda: chance.choice([0, 1, -7, 2**31 - 1, None])  # noqa: E731
    some = lambda make: [make() for _ in range(chance.randrange(4))]  # noqa: E731
    seldom = lambda value: None if chance.random() < 0.15 else value  # noqa: E731
    return {
        "row": list(range(rows)),
        "l": [seldom(some(number)) for _ in range(rows)],
        "w": [seldom(some(word)) for _ in range(rows)],
        "v": [seldom({"a": number(), "b": some(word)}) for _ in range(rows)],
        "m": [seldom({key: number() for key in chance.sample(["k", "l m", "n"], chance.randrange(3))}) for _ in range(rows)],
        "ll": [seldom([seldom(some(number)) for _ in range(chance.randrange(3))]) for _ in range(rows)],
    }


def nested_text(value):
    """As result tables print it."""
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return f"[{', '.join(map(nested_text, value))}]"
    if isinstance(value, str):
        bare = value not in ("", "NULL") and not set(value) & set(",'\"[]{}=:\\")
        return value if bare else "'" + value.replace("'", "\\'") + "'"
    return str(value)


def write_ndjson(path, columns):
    """A record a line: keys in any order, some of those that are null left out, every tenth line with escapes."""
    chance = random.Random(17)
    lines = []
    for row in range(len(columns["row"])):
        record = [(name, values[row]) for name, values in columns.items() if values[row] is not None or chance.random() < 0.5]
        if row % 3 == 0:
            chance.shuffle(record)
        if row % 7 == 0:
            record.append(("unread", [{"x": '"}'}, "\\"]))
        lines.append(json.dumps(dict(record), ensure_ascii=row % 10 == 0, separators=(", ", ": ") if row % 4 == 0 else (",", ":")))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    broken = [line[:-5] if row % 9 == 4 else line.replace('"row":', '"row":"x","rows":') if row % 9 == 8 else line for row, line in enumerate(lines)]
    path.with_stem(path.stem + "_broken").write_text("\n".join(broken), encoding="utf-8")


def write_all_csv(directory):
    texts = {"s", "r", "n", "name", "word"}
    # Vectors of 64 rows see: no null, some, only nulls, some again.
    write_csv(directory / "edges.csv", join_columns([edge_rows(1, 64, 0), edge_rows(2, 64, 0.3), edge_rows(3, 64, 1), edge_rows(4, 37, 0.1)]), texts)
    write_csv(directory / "empty.csv", {name: [] for name in ["i", "x", "s"]}, texts)
    write_csv(directory / "one.csv", {"i": [42], "x": ["-0.0"], "s": ["only"]}, texts)
    chance = random.Random(5)
    keys = [7] * 180 + [chance.randrange(1000) for _ in range(60)] + [None] * 10
    chance.shuffle(keys)
    write_csv(directory / "skewed.csv", {"k": keys, "v": list(range(250)), "x": [f"{chance.uniform(-1, 1):.6g}" for _ in keys]}, texts)
    write_csv(directory / "orders.csv", {"id": list(range(40)), "customer": [chance.choice([1, 2, 3, 4, None, 9]) for _ in range(40)],
                                        "total": [f"{chance.uniform(1, 500):.2f}" for _ in range(40)],
                                        "day": [f"2024-0{1 + n % 9}-1{n % 10}" for n in range(40)]}, texts)
    write_csv(directory / "customers.csv", {"id": [1, 2, 2, 3, 5, None], "name": ["Ann", "Bob", "Bea", "Çem", "Eve", "nobody"],
                                           "city": ["Ulm", "Bonn", "Bonn", None, "Ulm", None]}, texts | {"city"})
    sums = ["1e308", "1e308", "-1e308", "-1e308", "1e-300", "5e-324", "-5e-324", "0.1", "0.2", "-0.3", "1e16", "1.0", "-1e16", "3.5", "-0.0",
            "4503599627370497.5", "1e100", "-1e100"]
    groups = [n % 3 for n in range(len(sums) * 6)]
    write_csv(directory / "sums.csv", {"k": groups, "x": [chance.choice(sums) for _ in groups]}, texts)
    words = ["b", "a", "a", "c", "b", "a", None, "c", None, "b"]
    write_csv(directory / "ties.csv", {"word": words * 7, "m": [n % 4 for n in range(70)], "row": list(range(70))}, texts)


    nested = nested_rows(11, 60)
    lists = {name: [None if value is None else nested_text(value) for value in nested[name]] for name in ("l", "w", "ll")}
    write_csv(directory / "nested.csv", {"row": nested["row"], **lists}, set(lists))
    write_ndjson(directory / "nested.ndjson", nested)


def to_arrow(pyarrow, values, kind, nullable):
    if isinstance(kind, tuple):
        with decimal.localcontext(prec=60):
            return pyarrow.array([None if v is None else decimal.Decimal(v) for v in values], pyarrow.decimal128(*kind))
    if kind == "float64":
        return pyarrow.array([None if v is None else float(v) for v in values], pyarrow.float64())
    if kind == "bool":
        return pyarrow.array([None if v is None else v == "true" for v in values], pyarrow.bool_())
    if kind == "date":
        return pyarrow.array([None if v is None else datetime.date.fromisoformat(v) for v in values], pyarrow.date32())
    if kind == "timestamp":
        return pyarrow.array([None if v is None else datetime.datetime.fromisoformat(v) for v in values], pyarrow.timestamp("us"))
    return pyarrow.array(values, {"int32": pyarrow.int32(), "int64": pyarrow.int64(), "utf8": pyarrow.string()}[kind])


def write_all_parquet(directory):
    import pyarrow
    import pyarrow.parquet

    directory.mkdir(parents=True, exist_ok=True)
    # Row groups smaller than a vector, so that even these few rows make many morsels.
    for name, share in {"none": 0, "some": 0.3, "all": 1}.items():
        columns = edge_rows(f"parquet {name}", 300, share)
        fields, arrays = [], []
        for column, values in columns.items():
            kind = "int64" if column == "row" else COLUMNS[column][1]
            arrays.append(to_arrow(pyarrow, values, kind, share > 0))
            fields.append(pyarrow.field(column, arrays[-1].type, nullable=share > 0 and column != "row"))
        table = pyarrow.table(arrays, schema=pyarrow.schema(fields))
        pyarrow.parquet.write_table(table, directory / f"edges_{name}.parquet", row_group_size=48)
    text, number = pyarrow.string(), pyarrow.int32()
    types = {"row": pyarrow.int64(), "l": pyarrow.list_(number), "w": pyarrow.list_(text),
             "v": pyarrow.struct([("a", number), ("b", pyarrow.list_(text))]), "m": pyarrow.map_(text, number),
             "ll": pyarrow.list_(pyarrow.list_(number))}
    values = nested_rows(12, 150)
    values["m"] = [None if one is None else list(one.items()) for one in values["m"]]
    table = pyarrow.table({name: pyarrow.array(values[name], kind) for name, kind in types.items()})
    pyarrow.parquet.write_table(table, directory / "nested.parquet", row_group_size=48)
    for rows in [1, 7, 63, 64, 65, 2047, 2048, 2049, 5000]:
        chance = random.Random(rows)
        table = pyarrow.table({
            "row": pyarrow.array(range(rows), pyarrow.int64()),
            "k": pyarrow.array([chance.randrange(5) for _ in range(rows)], pyarrow.int32()),
            "x": pyarrow.array([None if chance.random() < 0.05 else chance.uniform(-1e6, 1e6) for _ in range(rows)], pyarrow.float64()),
            "s": pyarrow.array([None if chance.random() < 0.05 else f"word {chance.randrange(40)}" * chance.randrange(3) for _ in range(rows)]),
        })
        pyarrow.parquet.write_table(table, directory / f"rows_{rows}.parquet", row_group_size=max(1, rows // 4))
    # Pages of some twenty rows with an index, row groups with Bloom filters; the columns' pages end at different rows.
    chance = random.Random(17)
    start = datetime.datetime(2023, 12, 1)
    paged = pyarrow.table({
        "row": pyarrow.array(range(3000), pyarrow.int64()),
        "taken_at": pyarrow.array([None if chance.random() < 0.05 else start + datetime.timedelta(hours=row) for row in range(3000)], pyarrow.timestamp("us")),
        "k": pyarrow.array([chance.randrange(100_000) * 2 for _ in range(3000)], pyarrow.int32()),
        "s": pyarrow.array([f"{row // 100:03d}" + "x" * chance.randrange(30) for row in range(3000)]),
        "l": pyarrow.array([list(range(row % 4)) for row in range(3000)], pyarrow.list_(pyarrow.int32())),
    })
    pyarrow.parquet.write_table(paged, directory / "paged.parquet", row_group_size=1250, data_page_size=200, write_batch_size=20, use_dictionary=["k"],
                                write_page_index=True, bloom_filter_options={"k": {"ndv": 1250, "fpp": 0.01}})


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write_all_parquet(pathlib.Path(sys.argv[1]))
    else:
        write_all_csv(pathlib.Path(__file__).parent)
