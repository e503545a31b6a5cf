"""Reading Parquet into memory: lineitem of TPC-H SF1, whole and column by column, and columns by encoding.

    ./dev bench scan [--cases 'lineitem;columns;encodings'] [--repeats 3] [--engines 'headrace;Arrow'] [--cpu] [--json FILE]

A run reads columns from a file that the system has in memory, to a table in the engine's own form, which is dropped at once; the
fastest counts. GB/s are bytes of the same columns as an Arrow table, so they compare engines and not the size of a file. Every engine runs
with one thread, and Arrow and headrace with two on the whole table as well. DuckDB hands its table over as Arrow, as it has no
other way out. The encodings are columns of lineitem as pyarrow writes them without compression (data/bench/encodings).
With --cpu the times are the processor's.
Targets: at least twice the speed of Arrow's reader per thread, and 1.8 times as fast on two threads as on one.
"""

import argparse
import os
import re
import time

from _headrace import DATA, ROOT, run_headrace
from _report import Report, measure

LINEITEM = ROOT / "data/tpch-sf1/lineitem.parquet"
ENCODED_ROWS = 3_000_000
SPEED_AT_LEAST, SPEED_ON_TWO_AT_LEAST = 2.0, 1.8
# name of a case: (column of lineitem, cast to, encoding)
ENCODINGS = {
    "int64 PLAIN": ("l_orderkey", "int64", "PLAIN"),
    "int64 DICTIONARY": ("l_suppkey", "int64", "DICTIONARY"),
    "int64 DELTA_BINARY_PACKED, ascending": ("l_orderkey", "int64", "DELTA_BINARY_PACKED"),
    "int64 DELTA_BINARY_PACKED, any order": ("l_partkey", "int64", "DELTA_BINARY_PACKED"),
    "int64 BYTE_STREAM_SPLIT": ("l_partkey", "int64", "BYTE_STREAM_SPLIT"),
    "int32 PLAIN": ("l_partkey", "int32", "PLAIN"),
    "int32 DICTIONARY, 7 values": ("l_linenumber", "int32", "DICTIONARY"),
    "date DICTIONARY": ("l_shipdate", "date32", "DICTIONARY"),
    "float64 PLAIN": ("l_extendedprice", "float64", "PLAIN"),
    "float64 BYTE_STREAM_SPLIT": ("l_extendedprice", "float64", "BYTE_STREAM_SPLIT"),
    "decimal(15,2) PLAIN, fixed bytes": ("l_extendedprice", "decimal", "PLAIN"),
    "decimal(15,2) DICTIONARY, fixed bytes": ("l_quantity", "decimal", "DICTIONARY"),
    "bool RLE": ("l_linestatus", "bool", "RLE"),
    "text PLAIN, long": ("l_comment", "string", "PLAIN"),
    "text DICTIONARY, 7 values": ("l_shipmode", "string", "DICTIONARY"),
    "text DELTA_LENGTH_BYTE_ARRAY": ("l_comment", "string", "DELTA_LENGTH_BYTE_ARRAY"),
    "text DELTA_BYTE_ARRAY": ("l_comment", "string", "DELTA_BYTE_ARRAY"),
    "int64 PLAIN, a tenth null": ("l_partkey", "nulls", "PLAIN"),
}


# --- engines: read(path, columns, threads) runs in a process of its own and gives what is not timed: rows

def prepare_arrow(threads):
    import pyarrow
    import pyarrow.parquet
    pyarrow.set_cpu_count(threads)
    return pyarrow.parquet


def run_arrow(path, columns, threads):
    return lambda parquet: parquet.read_table(path, columns=columns, use_threads=threads > 1).num_rows


def prepare_duckdb(threads):
    import duckdb
    return duckdb.connect(config={"threads": threads})


def run_duckdb(path, columns, _):
    return lambda connection: connection.sql(f"SELECT {', '.join(columns)} FROM '{path}'").to_arrow_table().num_rows


def prepare_polars(threads):
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import polars
    return polars


def run_polars(path, columns, _):
    return lambda polars: polars.read_parquet(path, columns=columns).height


PEERS = {"Arrow": (prepare_arrow, run_arrow), "DuckDB": (prepare_duckdb, run_duckdb), "Polars": (prepare_polars, run_polars)}


def measure_engine(name, path, columns, threads, repeats, cpu):
    if name == "headrace":
        return run_headrace([f"SELECT {', '.join(columns)} FROM '{path}'"], repeats, threads, cpu=cpu)[0]
    prepare, run = PEERS[name]
    return measure(run(str(path), columns, threads), repeats, lambda: prepare(threads),
                   clock=time.process_time if cpu else time.perf_counter)


# --- files

def table_bytes(path, columns):
    """(bytes as an Arrow table, rows), counted in a process of its own, so that this one stays small."""
    def count():
        import pyarrow.parquet
        table = pyarrow.parquet.read_table(path, columns=columns)
        return {column: table[column].nbytes for column in columns}, table.num_rows
    return measure(count, 1)["answer"]


def names_of(path):
    def names():
        import pyarrow.parquet
        return pyarrow.parquet.read_schema(path).names
    return measure(names, 1)["answer"]


def write_encoded(path, column, kind, encoding):
    import pyarrow
    import pyarrow.compute
    import pyarrow.parquet
    values = pyarrow.parquet.read_table(LINEITEM, columns=[column])[column].slice(0, ENCODED_ROWS)
    if kind == "nulls":
        values = pyarrow.compute.if_else(pyarrow.compute.equal(pyarrow.compute.bit_wise_and(values, 15), 7), None, values)
    elif kind == "bool":
        values = pyarrow.compute.equal(values.cast(pyarrow.string()), "F")
    elif kind == "string":
        values = values.cast(pyarrow.string())
    elif kind not in ("decimal", "date32"):
        values = values.cast(getattr(pyarrow, kind)(), safe=False)
    options = {"use_dictionary": True} if encoding == "DICTIONARY" else {"use_dictionary": False, "column_encoding": {"v": encoding}}
    pyarrow.parquet.write_table(pyarrow.table({"v": values}), path, compression="none", row_group_size=1 << 20,
                                data_page_version="2.0" if encoding == "RLE" else "1.0", **options)


def encoded_file(case):
    folder = DATA / "encodings"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (re.sub(r"\W+", "_", case) + ".parquet")
    if not path.exists():
        part = path.with_suffix(".part")
        measure(lambda: write_encoded(part, *ENCODINGS[case]), 1)
        part.rename(path)
    return path


# --- cases

class Cases:
    def __init__(self, engines, repeats, cpu):
        self.engines, self.repeats, self.cpu = engines, repeats, cpu
        self.report, self.lines = Report(), []

    def run(self, case, path, columns, value_bytes, rows, threads=1):
        measured = {name: measure_engine(name, path, columns, threads, self.repeats, self.cpu) for name in self.engines}
        for name, one in measured.items():
            if one.get("answer", rows) != rows:
                raise SystemExit(f"{case}: {name} reads {one['answer']} rows of {rows}")
            if one["seconds"] is None:
                print(f"{case}: headrace cannot: {one['error']}")
            bound = {"ratio_to": "Arrow", "at_most": 1 / SPEED_AT_LEAST} if name == "headrace" and threads == 1 else {}
            self.report.add(case, name, one, **bound)
        self.lines.append((case, f"{value_bytes / 2**20:.0f}", *(speed(one, value_bytes) for one in measured.values())))
        return measured


def speed(one, value_bytes):
    return "" if one["seconds"] is None else f"{value_bytes / one['seconds'] / 1e9:.2f}"


def run_lineitem(cases, columns):
    sizes, rows = table_bytes(LINEITEM, columns)
    whole = sum(sizes.values())
    one = cases.run("lineitem, 1 thread", LINEITEM, columns, whole, rows)
    both = cases.run("lineitem, 2 threads", LINEITEM, columns, whole, rows, threads=2)
    for name in cases.engines:
        case = "2 threads against 1, " + name
        cases.report.add(case, "1 thread", one[name])
        cases.report.add(case, "2 threads", both[name], ratio_to="1 thread",
                         **({"at_most": 1 / SPEED_ON_TWO_AT_LEAST} if name == "headrace" and not cases.cpu else {}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json")
    parser.add_argument("--verbose", action="store_true", help="each row on stderr when it is measured")
    parser.add_argument("--cpu", action="store_true", help="the processor's time instead of the clock's")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cases", default="lineitem;columns;encodings", help="names with ; between them")
    parser.add_argument("--engines", default=";".join(["headrace", *PEERS]), help="names with ; between them")
    arguments = parser.parse_args()
    if not LINEITEM.exists():
        raise SystemExit("run ./dev data tpch")
    chosen, columns = arguments.cases.split(";"), names_of(LINEITEM)
    cases = Cases(arguments.engines.split(";"), arguments.repeats, arguments.cpu)
    if "lineitem" in chosen:
        run_lineitem(cases, columns)
    if "columns" in chosen:
        sizes, rows = table_bytes(LINEITEM, columns)
        for column in columns:
            cases.run(column, LINEITEM, [column], sizes[column], rows)
    if "encodings" in chosen:
        for case in ENCODINGS:
            path = encoded_file(case)
            sizes, rows = table_bytes(path, ["v"])
            cases.run(case, path, ["v"], sizes["v"], rows)
    print_speeds(cases)
    cases.report.finish()


def print_speeds(cases):
    lines = [("GB/s", "MiB", *cases.engines), *cases.lines]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(text.ljust(width) if column == 0 else text.rjust(width)
                        for column, (text, width) in enumerate(zip(line, widths))).rstrip())
    print()


if __name__ == "__main__":
    main()
