"""Least, mean and greatest temperature of 413 stations in 10^8 lines `station;12.3` (1.4 GB), as in the one billion row challenge.

    ./dev bench 1brc [--rows N] [--repeats 3] [--engines 'headrace;Polars'] [--cpu] [--json FILE]

bench_generate_measurements writes data/bench/measurements-N.csv from a fixed seed. Every engine has two threads and its fastest
run counts; file in, sorted rows out. `by hand` is bench/pipeline/measurements_by_hand.cc: two threads over mapped memory, fixed point
numbers, no checks. With --cpu the times are the processor's, both threads together, for a machine on which others work as well. Means agree to nine digits, everything else exactly.
Target: at most a third of the fastest peer's time.
"""

import argparse
import math
import os
import pathlib
import tempfile
import time

from _headrace import THREADS, fastest, generated, print_memory, program, run_headrace
from _report import Report, measure

ROWS = 100_000_000
SEED = 1
CASE = "1brc"
SELECT = "SELECT station, min(t) AS least, avg(t) AS mean, max(t) AS greatest, count(*) AS readings FROM {source} GROUP BY station ORDER BY station"


def sql_headrace(path):
    return SELECT.format(source=f"read_csv('{path}', delim = ';', header = false, columns = {{'station': 'utf8', 't': 'float64'}}, quote = '')")


def prepare_duckdb():
    import duckdb
    return duckdb.connect(config={"threads": THREADS})


def run_duckdb(path):
    source = (f"read_csv('{path}', delim = ';', header = false, columns = {{'station': 'VARCHAR', 't': 'DOUBLE'}}, quote = '', escape = '', "
              "auto_detect = false)")
    return lambda connection: connection.execute(SELECT.format(source=source)).fetchall()


def prepare_polars():
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    import polars
    return polars


def run_polars(path):
    def run(polars):
        lines = polars.scan_csv(path, separator=";", has_header=False, quote_char=None,
                                schema={"station": polars.String, "t": polars.Float64})
        t = polars.col("t")
        query = lines.group_by("station").agg(t.min().alias("least"), t.mean().alias("mean"), t.max().alias("greatest"), polars.len())
        return query.sort("station").collect(engine="streaming").rows()
    return run


def prepare_chdb():
    from chdb import session
    opened = session.Session()
    opened.query(f"SET max_threads = {THREADS}")
    return opened


def run_chdb(path):
    import json
    source = f"file('{path}', 'CSV', 'station String, t Float64')"
    settings = " SETTINGS format_csv_delimiter = ';', format_csv_allow_double_quotes = 0, input_format_parallel_parsing = 1"
    query = SELECT.format(source=source) + settings
    return lambda opened: [tuple(json.loads(line)) for line in opened.query(query, "JSONCompactEachRow").data().splitlines()]


def prepare_datafusion():
    os.environ["TOKIO_WORKER_THREADS"] = str(THREADS)
    import datafusion
    return datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(THREADS))


def run_datafusion(path):
    def run(context):
        import pyarrow
        schema = pyarrow.schema([("station", pyarrow.string()), ("t", pyarrow.float64())])
        context.deregister_table("lines")
        context.register_csv("lines", path, schema=schema, has_header=False, delimiter=";", file_extension=pathlib.Path(path).suffix)
        table = context.sql(SELECT.format(source="lines")).to_arrow_table()
        return list(zip(*(column.to_pylist() for column in table.columns)))
    return run


PEERS = {"Polars": (prepare_polars, run_polars), "DuckDB": (prepare_duckdb, run_duckdb), "chDB": (prepare_chdb, run_chdb),
         "DataFusion": (prepare_datafusion, run_datafusion)}


def measure_headrace(path, repeats, cpu):
    with tempfile.TemporaryDirectory() as folder:
        (one,) = run_headrace([sql_headrace(path)], repeats, answers=folder, cpu=cpu)
        if one["seconds"] is not None:
            one["answer"] = measure(lambda: rows_of_file(f"{folder}/0.arrow"), 1)["answer"]
    return one


def rows_of_file(path):
    import pyarrow.ipc  # in a process of its own: what this one has imported is counted as its children's
    with open(path, "rb") as file:
        table = pyarrow.ipc.open_file(file).read_all()
    return list(zip(*(column.to_pylist() for column in table.columns)))


def check_answers(answers):
    name, expected = next(iter(answers.items()))
    for engine, rows in answers.items():
        if len(rows) != len(expected):
            raise SystemExit(f"{engine} answers {len(rows)} rows, {name} {len(expected)}")
        for left, right in zip(expected, rows):
            exact = [[station, float(least), float(greatest), int(count)] for station, least, _, greatest, count in (left, right)]
            if exact[0] != exact[1] or not math.isclose(left[2], right[2], rel_tol=1e-9, abs_tol=1e-9):
                raise SystemExit(f"{engine} answers {right}, {name} {left}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json")
    parser.add_argument("--verbose", action="store_true", help="each row on stderr when it is measured")
    parser.add_argument("--cpu", action="store_true", help="the processor's time instead of the clock's")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--engines", default=";".join(["headrace", "by hand", *PEERS]), help="names with ; between them")
    arguments = parser.parse_args()
    engines = arguments.engines.split(";")
    path, _ = generated(f"measurements-{arguments.rows}.csv",
                        lambda part: program("generate_measurements", arguments.rows, SEED, part))

    report, measured = Report(), {}
    clock = time.process_time if arguments.cpu else time.perf_counter
    if "by hand" in engines and not arguments.cpu:
        measured["by hand"] = report.add(CASE, "by hand", program("measurements_by_hand", path, THREADS, arguments.repeats))
    if "headrace" in engines:
        measured["headrace"] = measure_headrace(path, arguments.repeats, arguments.cpu)
    peers = {}
    for name, (prepare, run) in ((name, PEERS[name]) for name in PEERS if name in engines):
        peers[name] = report.add(CASE, name, measure(run(str(path)), arguments.repeats, prepare, clock=clock))
    if "headrace" in measured:
        report.add(CASE, "headrace", measured["headrace"], ratio_to=fastest(peers), at_most=0.33)
    check_answers({name: one["answer"] for name, one in {**measured, **peers}.items() if one["seconds"] is not None})
    report.finish()
    print("all answers alike")
    if "headrace" in measured:
        print(measured["headrace"].get("error", ""))
        print_memory(CASE, measured["headrace"], peers)


if __name__ == "__main__":
    main()
