"""Cleaning a web server's log, and what follows from it, beside peers.

    ./dev bench etl [--cases 'csv;ndjson;fan-out;chain'] [--rows N] [--repeats 3] [--engines 'headrace;Polars'] [--cpu] [--json FILE]

bench_generate_weblog writes the same 5 million records as CSV (1.2 GB) and NDJSON (1.8 GB) to data/bench, from a fixed seed: skewed
hosts, long quoted agents, one record in a hundred broken in one of six ways (fields missing, a field or text too many, a status, a
size, a time or a duration that is none). Two threads each, the fastest run counts, and all outputs are read back and compared.

    csv, ndjson   broken records are left out, ten columns derived, all written as Parquet (snappy)
    fan-out       one scan of the CSV → Parquet files by section, totals by host as CSV, the broken records as NDJSON
    chain         30 dependent expressions over 20 million rows of a Parquet file, a filter, four sums (as `./dev bench fusion`)

Where an engine has no way to leave broken records out it says so: Polars reads CSV fields as text and converts them itself; DataFusion
cannot skip a line that is no JSON and gets the file without such records (`clean`), which is less work. What headrace cannot do yet is
shown without a time, with its error.
Targets: twice as fast as the fastest peer (csv, ndjson), 1.8 times (fan-out), 2.5 times (chain); half the memory of the best.
"""

import argparse
import os
import pathlib
import shutil
import time

from _headrace import DATA, THREADS, fastest, generated, print_memory, program, run_headrace
from _report import Report, measure

ROWS = 5_000_000
SEED = 2
CHAIN_ROWS = 20_000_000
OUT = DATA / f"out-{os.getpid()}"
TEXTS = ("host", "address", "user", "method", "path", "referrer", "agent")
FIELDS = ("time", "host", "address", "user", "method", "path", "status", "bytes", "duration_ms", "referrer", "agent")
TYPES = {**dict.fromkeys(TEXTS, "VARCHAR"), "time": "TIMESTAMP", "status": "INTEGER", "bytes": "BIGINT", "duration_ms": "DOUBLE"}
COLUMNS = ("time", "host", "address", "method", "path", "status", "bytes", "duration_ms", "referrer", "day", "hour", "section",
           "search", "status_class", "is_error", "kib", "bytes_per_ms", "browser", "is_bot")
DERIVED = """time, host, address, method, path, status, bytes, duration_ms, referrer,
  CAST(time AS date) AS day, extract(hour FROM time) AS hour, split_part(path, '/', 2) AS section, split_part(path, '?', 2) AS search,
  status // 100 AS status_class, status >= 500 AS is_error, bytes / 1024.0 AS kib, bytes / duration_ms AS bytes_per_ms,
  CASE WHEN agent LIKE '%Edg/%' THEN 'Edge' WHEN agent LIKE '%Firefox/%' THEN 'Firefox' WHEN agent LIKE '%Chrome/%' THEN 'Chrome'
       WHEN agent LIKE '%Safari/%' THEN 'Safari' ELSE 'other' END AS browser, agent LIKE '%bot/%' AS is_bot"""
TOTALS = ("host, count(*) AS requests, sum(bytes) AS bytes, sum(CASE WHEN status >= 500 THEN 1 ELSE 0 END) AS errors FROM {source} "
          "GROUP BY host ORDER BY host")
# What is compared of an output: the order of rows is free.
DIGEST = """SELECT count(*), bit_xor(hash(epoch_us(time::TIMESTAMP), host, address, method, path, status::BIGINT, bytes::BIGINT,
  duration_ms::DOUBLE, referrer, day::DATE, hour::BIGINT, section, search, status_class::BIGINT, is_error::BOOLEAN, kib::DOUBLE,
  bytes_per_ms::DOUBLE, browser, is_bot::BOOLEAN)) FROM read_parquet('{path}', hive_partitioning = {hive})"""


def columns_text(types):
    return "{" + ", ".join(f"'{name}': '{types[name]}'" for name in FIELDS) + "}"


# --- headrace

def weblog_headrace(path, policy):
    types = columns_text(TYPES)
    reader = "read_csv" if path.suffix == ".csv" else "read_json"
    return f"{reader}('{path}', {'types' if reader == 'read_csv' else 'columns'} = {types}, {policy})"


def clean_headrace(path):
    return f"COPY (SELECT {DERIVED} FROM {weblog_headrace(path, 'on_error = ' + repr('skip'))}) TO '{OUT}/headrace.parquet' (FORMAT parquet)"


def fan_out_headrace(path):
    source = weblog_headrace(path, f"on_error = 'reject', rejects = '{OUT}/headrace-rejects.ndjson'")
    return (f"BEGIN;\nCOPY (SELECT {DERIVED} FROM {source}) TO '{OUT}/headrace-parts' (FORMAT parquet, PARTITION_BY (section), OVERWRITE);\n"
            f"COPY (SELECT {TOTALS.format(source=source)}) TO '{OUT}/headrace-totals.csv' (FORMAT csv);\nCOMMIT")


def chain_headrace(path):
    import fusion
    return fusion.sql(f"'{path}'")


# --- DuckDB

def prepare_duckdb():
    import duckdb
    return duckdb.connect(config={"threads": THREADS, "preserve_insertion_order": False})


def weblog_duckdb(path, option="ignore_errors = true"):
    if path.suffix == ".csv":
        return f"read_csv('{path}', header = true, columns = {columns_text(TYPES)}, quote = '\"', escape = '\"', delim = ',', auto_detect = false, {option})"
    # a value that does not fit is NULL under ignore_errors, and so are all fields of what is no JSON
    source = f"read_json('{path}', format = 'newline_delimited', columns = {columns_text(TYPES)}, ignore_errors = true)"
    return f"(FROM {source} WHERE agent IS NOT NULL AND time IS NOT NULL AND status IS NOT NULL AND bytes IS NOT NULL AND duration_ms IS NOT NULL)"


def clean_duckdb(path):
    text = f"COPY (SELECT {DERIVED} FROM {weblog_duckdb(path)}) TO '{OUT}/DuckDB.parquet' (FORMAT parquet, COMPRESSION snappy)"
    return lambda connection: connection.execute(text).fetchall()


def fan_out_duckdb(path):
    """A table in memory between, so that the file is read once."""
    def run(connection):
        connection.execute("DROP TABLE IF EXISTS clean; DROP TABLE IF EXISTS reject_scans; DROP TABLE IF EXISTS reject_errors")
        connection.execute(f"CREATE TABLE clean AS SELECT {DERIVED} FROM {weblog_duckdb(path, 'store_rejects = true, rejects_limit = 0')}")
        connection.execute(f"COPY clean TO '{OUT}/DuckDB-parts' (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (section), OVERWRITE)")
        connection.execute(f"COPY (SELECT {TOTALS.format(source='clean')}) TO '{OUT}/DuckDB-totals.csv' (FORMAT csv)")
        connection.execute(f"COPY (SELECT DISTINCT ON (byte_position) line, byte_position, column_name, error_message, csv_line FROM reject_errors) "
                           f"TO '{OUT}/DuckDB-rejects.ndjson' (FORMAT json)")
    return run


def chain_duckdb(path):
    import fusion
    return lambda connection: connection.execute(fusion.sql(f"'{path}'")).fetchall()[0]


# --- Polars

def prepare_polars():
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    import polars
    return polars


def weblog_polars(polars, path):
    """(frame of converted columns, whether a row is good). A twelfth field shows what has too many."""
    lines = polars.scan_csv(path, schema=dict.fromkeys([*FIELDS, "more"], polars.String), missing_columns="insert",
                            truncate_ragged_lines=True)
    column = polars.col
    converted = lines.with_columns(
        time_text=column("time"), status_text=column("status"), bytes_text=column("bytes"), duration_text=column("duration_ms"),
        time=column("time").str.to_datetime("%Y-%m-%d %H:%M:%S%.3f", time_unit="us", strict=False),
        status=column("status").cast(polars.Int32, strict=False), bytes=column("bytes").cast(polars.Int64, strict=False),
        duration_ms=column("duration_ms").cast(polars.Float64, strict=False))
    needed = polars.all_horizontal([column(name).is_not_null() for name in ("time", "status", "bytes", "duration_ms", "agent")])
    return converted, needed & column("more").is_null()


def derived_polars(polars, frame):
    column = polars.col
    agent, path = column("agent"), column("path")
    browser = polars.lit("other")
    for mark, name in (("Safari/", "Safari"), ("Chrome/", "Chrome"), ("Firefox/", "Firefox"), ("Edg/", "Edge")):
        browser = polars.when(agent.str.contains(mark, literal=True)).then(polars.lit(name)).otherwise(browser)
    return frame.select(
        "time", "host", "address", "method", "path", "status", "bytes", "duration_ms", "referrer",
        day=column("time").dt.date(), hour=column("time").dt.hour(), section=path.str.split("/").list.get(1, null_on_oob=True),
        search=path.str.splitn("?", 2).struct.field("field_1").fill_null(""), status_class=column("status") // 100,
        is_error=column("status") >= 500, kib=column("bytes") / 1024.0, bytes_per_ms=column("bytes") / column("duration_ms"),
        browser=browser, is_bot=agent.str.contains("bot/", literal=True))


def clean_polars(path):
    def run(polars):
        frame, good = weblog_polars(polars, path)
        derived_polars(polars, frame.filter(good)).sink_parquet(OUT / "Polars.parquet", compression="snappy", maintain_order=False)
    return run


def fan_out_polars(path):
    def run(polars):
        frame, good = weblog_polars(polars, path)
        rows = derived_polars(polars, frame.filter(good))
        column = polars.col
        totals = rows.group_by("host").agg(requests=polars.len(), bytes=column("bytes").sum(), errors=(column("status") >= 500).sum()).sort("host")
        raw = {"time_text": "time", "status_text": "status", "bytes_text": "bytes", "duration_text": "duration_ms"}
        rejects = frame.filter(~good).drop("time", "status", "bytes", "duration_ms").rename(raw)
        parts = polars.PartitionBy(OUT / "Polars-parts", key="section")
        sinks = [rows.sink_parquet(parts, compression="snappy", maintain_order=False, mkdir=True, lazy=True),
                 totals.sink_csv(OUT / "Polars-totals.csv", lazy=True), rejects.sink_ndjson(OUT / "Polars-rejects.ndjson", lazy=True)]
        polars.collect_all(sinks, engine="streaming")
    return run


def chain_polars(path):
    def run(polars):
        import fusion
        return fusion.polars_query(polars.scan_parquet(path)).collect(engine="streaming").row(0)
    return run


# --- chDB

def prepare_chdb():
    from chdb import session
    opened = session.Session()
    opened.query(f"SET max_threads = {THREADS}")
    opened.query("SET session_timezone = 'UTC'")
    return opened


def clean_chdb(path):
    """Fields as text, converted by functions that give null: an error in a reader costs chDB more than a millisecond. A twelfth field
    shows what has too many."""
    structure = ", ".join(f"{name} String" for name in [*FIELDS, "more"])
    convert = {"time": "parseDateTime64BestEffortOrNull(time, 3, 'UTC')", "status": "toInt32OrNull(status)", "bytes": "toInt64OrNull(bytes)",
               "duration_ms": "toFloat64OrNull(duration_ms)"}
    converted = ", ".join(f"{convert.get(name, name)} AS {name}_" for name in FIELDS)
    good = " AND ".join(f"{name}_ IS NOT NULL" for name in convert) + " AND agent != '' AND more = ''"
    typed = ", ".join(f"{'assumeNotNull(' * (name in convert)}{name}_{')' * (name in convert)} AS {name}" for name in FIELDS)
    derived = (DERIVED.replace("extract(hour FROM time)", "toHour(time)").replace("status // 100", "intDiv(status, 100)")
               .replace("split_part(path, '/', 2)", "splitByChar('/', path)[2]").replace("split_part(path, '?', 2)", "splitByChar('?', path)[2]")
               .replace("CAST(time AS date)", "toDate32(time)"))
    text = (f"INSERT INTO FUNCTION file('{OUT}/chDB.parquet', 'Parquet') SELECT {derived} FROM (SELECT {typed} FROM (SELECT more, agent, {converted} "
            f"FROM file('{path}', 'CSV', '{structure}')) WHERE {good}) "
            "SETTINGS input_format_csv_skip_first_lines = 1, input_format_csv_allow_variable_number_of_columns = 1, "
            "engine_file_truncate_on_insert = 1, output_format_parquet_compression_method = 'snappy'")
    return lambda opened: opened.query(text)


# --- DataFusion

def prepare_datafusion():
    os.environ["TOKIO_WORKER_THREADS"] = str(THREADS)
    import datafusion
    return datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(THREADS))


def clean_datafusion(path):
    def run(context):
        import pyarrow
        kinds = {"time": pyarrow.timestamp("us"), "status": pyarrow.int32(), "bytes": pyarrow.int64(), "duration_ms": pyarrow.float64()}
        schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in FIELDS])
        context.deregister_table("weblog")
        context.register_json("weblog", str(path), schema=schema, file_extension=".ndjson")
        derived = DERIVED.replace("status // 100", "status / 100")
        context.sql(f"COPY (SELECT {derived} FROM weblog) TO '{OUT}/DataFusion.parquet' STORED AS PARQUET OPTIONS ('format.compression' 'snappy')").collect()
    return run


# --- files, and what was written

def weblog(form, rows):
    return generated(f"weblog-{rows}.{form.removeprefix('clean-')}" if not form.startswith("clean") else f"weblog-{rows}-clean.ndjson",
                     lambda part: program("generate_weblog", rows, SEED, form, part))


def write_chain(path):
    import fusion
    import pyarrow
    import pyarrow.parquet
    pyarrow.parquet.write_table(pyarrow.table(fusion.columns(CHAIN_ROWS)), path)


def digest(path):
    """(rows, hash of all values in any order) of a Parquet file or of a folder of them."""
    def read():
        import duckdb
        folder = path.is_dir()
        return duckdb.sql(DIGEST.format(path=f"{path}/**/*.parquet" if folder else path, hive=str(folder).lower())).fetchall()[0]
    return measure(read, 1)["answer"]


def totals_digest(path):
    def read():
        import duckdb
        return duckdb.sql(f"SELECT count(*), bit_xor(hash(host, requests::BIGINT, bytes::BIGINT, errors::BIGINT)) FROM read_csv('{path}')").fetchall()[0]
    return measure(read, 1)["answer"]


def line_count(path):
    with open(path, "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def clean_output(engine):
    return digest(OUT / f"{engine}.parquet")


def fan_out_output(engine):
    return digest(OUT / f"{engine}-parts"), totals_digest(OUT / f"{engine}-totals.csv"), line_count(OUT / f"{engine}-rejects.ndjson")


# --- cases

class Case:
    def __init__(self, name, path, speed_at_least, ours, peers, output):
        self.name, self.path, self.speed_at_least, self.ours, self.peers, self.output = name, path, speed_at_least, ours, peers, output


PREPARE = {"DuckDB": prepare_duckdb, "Polars": prepare_polars, "chDB": prepare_chdb, "DataFusion": prepare_datafusion}


def cases_of(names, rows):
    if "csv" in names:
        path, said = weblog("csv", rows)
        yield Case("clean CSV", path, 2.0, clean_headrace, {"Polars": clean_polars, "chDB": clean_chdb, "DuckDB": clean_duckdb},
                   lambda engine: (clean_output(engine), rows - sum(said["broken"])))
    if "ndjson" in names:
        path, said = weblog("ndjson", rows)
        clean, _ = weblog("clean-ndjson", rows)
        yield Case("clean NDJSON", path, 2.0, clean_headrace,
                   {"DuckDB": clean_duckdb, "DataFusion": lambda _: clean_datafusion(clean)},
                   lambda engine: (clean_output(engine), rows - sum(said["broken"])))
        for leftover in (clean, pathlib.Path(f"{clean}.json")):
            leftover.unlink()
    if "fan-out" in names:
        path, said = weblog("csv", rows)
        yield Case("fan-out", path, 1.8, fan_out_headrace, {"Polars": fan_out_polars, "DuckDB": fan_out_duckdb},
                   lambda engine: (fan_out_output(engine), rows - sum(said["broken"])))
    if "chain" in names:
        path, _ = generated("chain.parquet", lambda part: measure(lambda: write_chain(part), 1)["answer"])
        yield Case("chain of 30 from Parquet", path, 2.5, chain_headrace, {"Polars": chain_polars, "DuckDB": chain_duckdb}, None)


def run_case(case, engines, repeats, cpu, report):
    clock = time.process_time if cpu else time.perf_counter
    measured, answers = {}, {}
    for name in (name for name in case.peers if name in engines):
        measured[name] = report.add(case.name, name, measure(case.peers[name](case.path), repeats, PREPARE[name], clock=clock,
                                                             settle=lambda answer: answer if case.output is None else None))
        answers[name] = case.output(name) if case.output else [int(value) for value in measured[name]["answer"]]
    if "headrace" in engines:
        ours, answer = measure_headrace(case, repeats, cpu)
        report.add(case.name, "headrace", ours, ratio_to=fastest(measured), at_most=round(1 / case.speed_at_least, 2))
        if ours["seconds"] is None:
            print(f"{case.name}: headrace not yet: {ours['error']}")
        else:
            answers["headrace"] = answer
            print_memory(case.name, ours, measured)
    check_answers(case, answers)


def measure_headrace(case, repeats, cpu):
    (ours,) = run_headrace([case.ours(case.path)], repeats, cpu=cpu, answers=OUT if case.output is None else None)
    if ours["seconds"] is None:
        return ours, None
    if case.output is not None:
        return ours, case.output("headrace")
    return ours, measure(lambda: read_row(OUT / "0.arrow"), 1)["answer"]


def read_row(path):
    import pyarrow.ipc
    with open(path, "rb") as file:
        return [int(value) for value in pyarrow.ipc.open_file(file).read_all().to_pylist()[0].values()]


def check_answers(case, answers):
    if not answers:
        return
    name, expected = next(iter(answers.items()))
    for engine, answer in answers.items():
        if answer != expected:
            raise SystemExit(f"{case.name}: {engine} writes {answer}, {name} {expected}")
        if case.output is not None and (first_count(answer[0]) != answer[1]):
            raise SystemExit(f"{case.name}: {engine} writes {answer[0]}, good records are {answer[1]}")


def first_count(answer):
    while isinstance(answer, tuple):
        answer = answer[0]
    return answer


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json")
    parser.add_argument("--verbose", action="store_true", help="each row on stderr when it is measured")
    parser.add_argument("--cpu", action="store_true", help="the processor's time instead of the clock's")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cases", default="csv;ndjson;fan-out;chain", help="names with ; between them")
    parser.add_argument("--engines", default=";".join(["headrace", *PREPARE]), help="names with ; between them")
    arguments = parser.parse_args()
    report = Report()
    for case in cases_of(arguments.cases.split(";"), arguments.rows):
        shutil.rmtree(OUT, ignore_errors=True)
        OUT.mkdir(parents=True)
        run_case(case, arguments.engines.split(";"), arguments.repeats, arguments.cpu, report)
    shutil.rmtree(OUT, ignore_errors=True)
    report.finish()
    print("all outputs alike")


if __name__ == "__main__":
    main()
