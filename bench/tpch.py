"""TPC-H at scale factor 1: all 22 queries, headrace, DuckDB, Polars and DataFusion side by side, from the same Parquet files.

    ./dev bench tpch [--memory] [--queries 'q01;q06'] [--engines 'headrace;DuckDB'] [--repeats 3] [--cpu] [--json FILE]

Every engine has two threads and its fastest run of three counts: text in, rows out, compiled code and open files kept from the
run before (`first` is headrace's first run, which compiles). All answers must be the same: decimals and counts exactly, floats to
nine digits. Without --memory every query has a process of its own, and `peak` is that process's; `Arrow` is Arrow's Parquet
reader alone, on the columns that the query names, all row groups, two threads. With --memory each engine loads all tables into
its own memory before the clock starts, in one process; `peak` is that of the whole run. With --cpu the times are the processor's,
both threads together, for a machine on which others work as well.

Targets: in memory, the geometric mean at least 0.8 of DuckDB's speed and no query below 0.4; from Parquet, the geometric mean at least
1.2 of DuckDB's speed, and Q1, Q6, Q14 and Q19 at least 1.5 of the speed of the faster of DuckDB and Polars. `of bound` is the time
beside that of Arrow's reader alone and DuckDB's whole query together.
"""

import argparse
import decimal
import json
import math
import os
import pathlib
import re
import subprocess
import tempfile
import time

from _report import Report, measure, measure_each

THREADS = 2
ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = ROOT / "data/tpch-sf1"
TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")
PREFIXES = {"c": "customer", "l": "lineitem", "n": "nation", "o": "orders", "p": "part", "ps": "partsupp", "r": "region",
            "s": "supplier"}
QUERIES = [f"q{number:02}" for number in range(1, 23)]
BINARIES = pathlib.Path(os.environ.get("HEADRACE_BUILD", "build/release"))
SPEED_AT_LEAST, MEAN_SPEED_AT_LEAST = 0.4, 0.8  # in memory
SCAN_QUERIES, SCAN_SPEED_AT_LEAST, FILES_MEAN_SPEED_AT_LEAST = ("q01", "q06", "q14", "q19"), 1.5, 1.2


def path_of(table):
    return str(DATA / f"{table}.parquet")


def text_of(query):
    return (ROOT / f"test/data/tpch/{query}.sql").read_text().rstrip().rstrip(";")


# --- peers: prepare(memory) gives a function from a query's text to an Arrow table

def prepare_duckdb(memory):
    import duckdb
    connection = duckdb.connect(config={"threads": THREADS})
    for table in TABLES:
        connection.execute(f"CREATE {'TABLE' if memory else 'VIEW'} {table} AS SELECT * FROM '{path_of(table)}'")
    return lambda text: connection.sql(text).to_arrow_table()


def prepare_polars(memory):
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    import polars
    read = polars.read_parquet if memory else polars.scan_parquet
    context = polars.SQLContext({table: read(path_of(table)) for table in TABLES})
    return lambda text: context.execute(text).collect(engine="streaming").to_arrow()


def prepare_datafusion(memory):
    os.environ["TOKIO_WORKER_THREADS"] = str(THREADS)
    import datafusion
    context = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(THREADS))
    for table in TABLES:
        if memory:
            loaded = context.read_parquet(path_of(table)).cache()
            context.register_view(table, loaded)
        else:
            context.register_parquet(table, path_of(table))
    return lambda text: context.sql(text).to_arrow_table()


PEERS = {"DuckDB": prepare_duckdb, "Polars": prepare_polars, "DataFusion": prepare_datafusion}


def columns_of(query):
    """{table: names of the columns that the query names}. A table of which only rows are counted is not among them."""
    import pyarrow.parquet
    columns = {}
    for prefix, rest in re.findall(r"\b(ps|[clnoprs])_(\w+)", re.sub(r"--.*", "", text_of(query))):
        columns.setdefault(PREFIXES[prefix], set()).add(f"{prefix}_{rest}")
    return {path_of(table): sorted(names & set(pyarrow.parquet.read_schema(path_of(table)).names))
            for table, names in columns.items()}


def prepare_arrow(query):
    import pyarrow
    pyarrow.set_cpu_count(THREADS)
    return columns_of(query)


def run_arrow(columns):
    """Arrow's reader alone. What is read is dropped at once."""
    import pyarrow.parquet
    for path, names in columns.items():
        pyarrow.parquet.read_table(path, columns=names, use_threads=True)


# --- headrace

def run_headrace(queries, memory, repeats, clock):
    """One process over the given queries: {setup_seconds, peak_bytes, queries: [{seconds: [each run], cpu_seconds, answer} or {error}]}."""
    with tempfile.TemporaryDirectory() as folder:
        setup = pathlib.Path(folder, "setup.sql")
        setup.write_text("".join(f"CREATE {'TABLE' if memory else 'VIEW'} {table} AS SELECT * FROM '{path_of(table)}';\n"
                                 for table in TABLES))
        texts = [ROOT / f"test/data/tpch/{query}.sql" for query in queries]
        command = [BINARIES / "bench_query_headrace", str(THREADS), str(repeats), folder, setup, *texts]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"bench_query_headrace ended with {done.returncode}: {done.stderr.strip()}")
        result = json.loads(done.stdout)
        for query, one in zip(queries, result["queries"]):
            if "error" not in one:
                one["seconds"] = one["seconds" if clock == time.perf_counter else "cpu_seconds"]
                path = pathlib.Path(folder, f"{query}.arrow")
                one["answer"] = measure(lambda _, path=path: rows_of_file(path), 1, lambda: None)["answer"]
        return result


def rows_of_file(path):
    import pyarrow.ipc  # in a process of its own: what this one has imported is counted as its children's
    with open(path, "rb") as file:
        return rows_of(pyarrow.ipc.open_file(file).read_all())


def rows_of(table):
    return list(zip(*(column.to_pylist() for column in table.columns)))


# --- comparing

def same(left, right):
    if isinstance(left, float) or isinstance(right, float):
        return left is not None and right is not None and math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)
    return left == right


def digits_of(rows, position):
    """The digits behind the point that an engine gave; None: a float. Polars and DataFusion give averages and quotients of
    decimals as decimals of few digits, and cut the rest off."""
    values = [row[position] for row in rows if isinstance(row[position], decimal.Decimal)]
    return max(-value.as_tuple().exponent for value in values) if values else None


def check_answers(query, answers):
    """Rows in the order given, or as a multiset where the order has ties."""
    name, expected = next(iter(answers.items()))
    floats = {position for position, value in enumerate(expected[0]) if isinstance(value, float)} if expected else set()
    for engine, rows in answers.items():
        if len(rows) != len(expected):
            raise SystemExit(f"{query}: {engine} answers {len(rows)} rows, {name} {len(expected)}")
        digits = {position: digits_of(rows, position) for position in floats}
        key = lambda row: [str(value) for position, value in enumerate(row) if position not in floats]  # noqa: E731
        for left, right in zip(sorted(expected, key=key), sorted(rows, key=key)):
            for position, (a, b) in enumerate(zip(left, right)):
                places = digits.get(position)
                alike = abs(float(a) - float(b)) <= 10.0**-places if places is not None else same(a, b)
                if not alike:
                    raise SystemExit(f"{query}: {engine} answers {b}, {name} {a}, in column {position + 1} of\n{right}\n{left}")


# --- one run

def measure_from_files(queries, engines, repeats, clock):
    """{query: {engine: {seconds, peak_bytes, answer}}}"""
    results = {query: {} for query in queries}
    for query in queries:
        if "headrace" in engines:
            one = run_headrace([query], False, repeats, clock)
            results[query]["headrace"] = {**settled(one["queries"][0]), "peak_bytes": one["peak_bytes"]}
        for name in (name for name in PEERS if name in engines):
            results[query][name] = measure(lambda run, query=query: run(text_of(query)), repeats,
                                           lambda name=name: PEERS[name](False), settle=rows_of, clock=clock)
        if "Arrow" in engines:
            results[query]["Arrow"] = measure(run_arrow, repeats, lambda query=query: prepare_arrow(query), clock=clock)
    return results


def measure_in_memory(queries, engines, repeats, clock):
    results = {query: {} for query in queries}
    if "headrace" in engines:
        whole = run_headrace(queries, True, repeats, clock)
        for query, one in zip(queries, whole["queries"]):
            results[query]["headrace"] = {**settled(one), "peak_bytes": whole["peak_bytes"]}
    for name in (name for name in PEERS if name in engines):
        works = [lambda run, query=query: run(text_of(query)) for query in queries]
        for query, one in zip(queries, measure_each(works, repeats, lambda name=name: PEERS[name](True), settle=rows_of, clock=clock)):
            results[query][name] = one
    return results


def settled(one):
    if "error" in one:
        return {"seconds": None, "error": one["error"], "answer": None}
    return {"seconds": min(one["seconds"]), "first_seconds": one["seconds"][0], "answer": one["answer"]}


def mean(values):
    """Geometric; None when a value is missing."""
    return math.exp(sum(map(math.log, values)) / len(values)) if values and all(values) else None


def table_of(results, engines, memory):
    """The printed table: a line a query, milliseconds an engine, then headrace against each, then peaks."""
    peers = [name for name in engines if name != "headrace"]
    header = ["query", *(f"{name} ms" for name in engines), "first ms", *(f"÷ {name}" for name in peers)]
    header += [] if memory else ["of bound", *(f"{name} MiB" for name in engines)]
    lines = [header]
    for query, row in results.items():
        lines.append([query, *(cell(row[name]["seconds"], 1e3, 1) for name in engines),
                      cell(row["headrace"].get("first_seconds"), 1e3, 1) if "headrace" in row else "",
                      *(cell(ratio(row, name), 1, 2) for name in peers)])
        if not memory:
            lines[-1] += [cell(of_bound(row), 1, 2), *(cell(row[name]["peak_bytes"], 2.0**-20, 0) for name in engines)]
    answered = [row for row in results.values() if all(row[name]["seconds"] for name in engines)]
    lines.append([f"geometric mean of {len(answered)}", *(cell(mean([row[name]["seconds"] for row in answered]), 1e3, 1) for name in engines),
                  "", *(cell(mean([ratio(row, name) for row in answered]), 1, 2) for name in peers)])
    if not memory:
        lines[-1] += [cell(mean([of_bound(row) for row in answered]), 1, 2), *("" for _ in engines)]
    return lines


def ratio(row, name):
    """headrace's time divided by the engine's."""
    ours = row.get("headrace", {}).get("seconds")
    return ours / row[name]["seconds"] if ours else None


def of_bound(row):
    """headrace's time divided by that of Arrow's reader and DuckDB's query together."""
    ours = row.get("headrace", {}).get("seconds")
    return ours / (row["Arrow"]["seconds"] + row["DuckDB"]["seconds"]) if ours and "Arrow" in row and "DuckDB" in row else None


def cell(value, factor, digits):
    return "" if value is None else f"{value * factor:.{digits}f}"


def print_table(lines):
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(text.ljust(width) if column == 0 else text.rjust(width)
                        for column, (text, width) in enumerate(zip(line, widths))).rstrip())


def report_of(results, memory):
    """The rows for --json, with targets."""
    report = Report()
    for query, row in results.items():
        measured = {name: one for name, one in row.items() if one["seconds"]}
        for name, one in measured.items():
            if name != "headrace":
                report.add(query, name, one)
            elif memory:
                report.add(query, name, one, ratio_to="DuckDB", at_most=1 / SPEED_AT_LEAST)
            else:
                report.add(query, name, one, ratio_to=faster(measured) or "DuckDB",
                           at_most=round(1 / SCAN_SPEED_AT_LEAST, 2) if query in SCAN_QUERIES else None)
    return report


def faster(row):
    """Of DuckDB and Polars; None when one was not measured."""
    peers = [name for name in ("DuckDB", "Polars") if row.get(name, {}).get("seconds")]
    return min(peers, key=lambda name: row[name]["seconds"]) if len(peers) == 2 else None


def print_verdict(results, engines, memory):
    if not {"headrace", "DuckDB"} <= set(engines):
        return
    failed = [query for query, row in results.items() if not row["headrace"]["seconds"]]
    for query in failed:
        print(f"{query} fails: {results[query]['headrace']['error']}")
    answered = {query: row for query, row in results.items() if query not in failed}
    speeds = {query: 1 / ratio(row, "DuckDB") for query, row in answered.items()}
    if memory and speeds:
        slow = [query for query, speed in speeds.items() if speed < SPEED_AT_LEAST]
        print(f"{mean(list(speeds.values())):.2f} of DuckDB's speed (target {MEAN_SPEED_AT_LEAST}); below {SPEED_AT_LEAST}: "
              + (", ".join(slow) or "none"))
    elif speeds:
        print(f"{mean(list(speeds.values())):.2f} of DuckDB's speed (target {FILES_MEAN_SPEED_AT_LEAST})")
        for query in (query for query in SCAN_QUERIES if query in answered and faster(answered[query])):
            peer = faster(answered[query])
            speed = 1 / ratio(answered[query], peer)
            print(f"{query}: {speed:.2f} of {peer}'s speed (target {SCAN_SPEED_AT_LEAST}: {'yes' if speed >= SCAN_SPEED_AT_LEAST else 'NO'})")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--memory", action="store_true", help="tables are loaded into memory first")
    parser.add_argument("--cpu", action="store_true", help="the processor's time instead of the clock's")
    parser.add_argument("--json")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--queries", default=";".join(QUERIES), help="names with ; between them")
    parser.add_argument("--engines", default=";".join(["headrace", *PEERS, "Arrow"]), help="names with ; between them")
    arguments = parser.parse_args()
    if not DATA.is_dir():
        raise SystemExit("run ./dev data tpch")
    queries = arguments.queries.split(";")
    engines = [name for name in arguments.engines.split(";") if name != "Arrow" or not arguments.memory]
    run = measure_in_memory if arguments.memory else measure_from_files
    results = run(queries, engines, arguments.repeats, time.process_time if arguments.cpu else time.perf_counter)
    for query, row in results.items():
        check_answers(query, {name: one["answer"] for name, one in row.items() if one["answer"] is not None})
    print_table(table_of(results, engines, arguments.memory))
    if arguments.memory:
        peaks = {name: max(row[name]["peak_bytes"] for row in results.values()) for name in engines}
        print("peak MiB, tables included: " + ", ".join(f"{name} {peak / 2**20:.0f}" for name, peak in peaks.items()))
    print("all answers alike")
    print_verdict(results, engines, arguments.memory)
    if arguments.json:
        report_of(results, arguments.memory).write(arguments.json)


if __name__ == "__main__":
    main()
