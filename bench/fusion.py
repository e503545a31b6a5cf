"""A chain of 30 dependent arithmetic and CASE expressions over 20 M rows in memory, then a filter, then four sums.

    ./dev bench fusion [--json FILE] [--rows N] [--engines 'name;name']

Three int64 columns lie in each engine's own memory before the clock starts; then each engine runs the whole query with two
threads, in a process of its own, and its fastest run of nine counts. All answers must be the same. Ceilings: `by hand` is
bench/pipeline/fusion_by_hand.cc, plain loops without a check for overflow; `reading alone` is what the memory takes to
deliver the columns once. headrace leaves out the checks that the columns' ranges prove idle (looked at once, in the first
run), except in `fused, checked`.
Targets: fused within 1.5 times the time of the loop by hand; every cut staged no slower than the fastest vectorised peer.
"""

import argparse
import json
import os
import pathlib
import subprocess

from _report import Report, measure

ROWS = 20_000_000
THREADS = 2
REPEATS = 9
CASE = "chain of 30"
AGAINST_PEERS = "staged against the fastest peer"
BINARIES = pathlib.Path(os.environ.get("HEADRACE_BUILD", "build/release"))

# Row i of a column is the upper ten bits of i × multiplier modulo 2^64, as in bench/pipeline/fusion_columns.h.
MULTIPLIERS = {"a": 0x9E3779B97F4A7C15, "b": 0xC2B2AE3D27D4EB4F, "c": 0x165667B19E3779F9}

# Each reads the one before as x; x begins as a. A triple is CASE WHEN first THEN second ELSE third END. No value exceeds
# 2^25 and each condition holds for a fifth to four fifths of the rows, so that all engines agree and nothing can be skipped.
CHAIN = [
    "x * 3 + b", ("x > 2000", "x - c", "x + c"),
    "x * 2 - a", ("x > b * 7", "x - b", "x + a"),
    "x + a * c", ("x > 500000", "x - 250000", "x + b"),
    "x - b * 7", ("x < b * 300", "x + b", "x - a"),
    "x * 5 + c", ("x > 1000000", "x - a * b", "x + a * b"),
    "x + b", ("x < c * 2000", "x + c", "x - c"),
    "x * 2 + a", ("x > 3000000", "x - 1500000", "x + c"),
    "x - c * 11", ("x > a * 3500", "x - a", "x + b"),
    "x + b * c", ("x < 2000000", "x * 2", "x - b"),
    "x - a * 3", ("x > 2500000", "x - c", "x + a"),
    "x * 3 - b", ("x > 9000000", "x - 6000000", "x + c"),
    "x + a * 17", ("x < b * 12000", "x + b", "x - c"),
    "x - a * b", ("x < a * 11000", "a - x", "x + 1"),
    "x * 2 + c * 5", ("x < 0", "0 - x", "x - b"),
    "x + a + b + c", ("x > c * 23000", "x - a", "x + b"),
]
KEPT = {10: "x10", 20: "x20"}  # summed as well, so they stay alive to the end
FILTER = "x > 11775000"        # half of the rows


def sql(table):
    """One subquery per expression, so that each is written once however often the next one reads it."""
    query = f"SELECT a, b, c, a AS x FROM {table}"
    kept = ""
    for number, step in enumerate(CHAIN, 1):
        if isinstance(step, tuple):
            step = f"CASE WHEN {step[0]} THEN {step[1]} ELSE {step[2]} END"
        query = f"SELECT a, b, c{kept}, {step} AS x\nFROM ({query}) AS s{number}"
        if number in KEPT:
            query = f"SELECT a, b, c{kept}, x, x AS {KEPT[number]}\nFROM ({query}) AS k{number}"
            kept += f", {KEPT[number]}"
    return (f"SELECT sum(x) AS sum_x, sum(x20) AS sum_x20, sum(x10) AS sum_x10, sum(a) AS sum_a\n"
            f"FROM ({query}) AS s WHERE {FILTER}")


def columns(rows):
    import numpy
    row = numpy.arange(rows, dtype=numpy.uint64)
    return {name: ((row * numpy.uint64(multiplier)) >> numpy.uint64(54)).astype(numpy.int64)
            for name, multiplier in MULTIPLIERS.items()}


# --- peers: prepare(rows) loads the table, work(state) runs the query and returns the four sums

def prepare_duckdb(rows):
    import duckdb
    import pyarrow
    connection = duckdb.connect(config={"threads": THREADS})
    source = pyarrow.table(columns(rows))
    connection.register("source", source)
    connection.execute("CREATE TABLE t AS SELECT * FROM source")
    return connection


def run_duckdb(connection):
    return connection.execute(sql("t")).fetchone()


def prepare_polars(rows):
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    import polars
    return polars.DataFrame(columns(rows))


def polars_query(frame):
    import polars
    names = {name: polars.col(name) for name in ("a", "b", "c", "x")}
    lazy = frame.lazy().with_columns(x=names["a"])
    for number, step in enumerate(CHAIN, 1):
        if isinstance(step, tuple):
            condition, then, otherwise = (eval(part, {}, names) for part in step)
            value = polars.when(condition).then(then).otherwise(otherwise)
        else:
            value = eval(step, {}, names)
        lazy = lazy.with_columns(x=value)
        if number in KEPT:
            lazy = lazy.with_columns(names["x"].alias(KEPT[number]))
    return lazy.filter(eval(FILTER, {}, names)).select(polars.col("x", "x20", "x10", "a").sum())


def run_polars(engine):
    return lambda frame: polars_query(frame).collect(engine=engine).row(0)


def prepare_chdb(rows):
    from chdb import session
    opened = session.Session()
    opened.query(f"SET max_threads = {THREADS}")
    values = ", ".join(f"toInt64(bitShiftRight(number * {multiplier}, 54)) AS {name}"
                       for name, multiplier in MULTIPLIERS.items())
    opened.query("CREATE TABLE t (a Int64, b Int64, c Int64) ENGINE = Memory")
    opened.query(f"INSERT INTO t SELECT {values} FROM numbers({rows})")
    return opened


# Merging the steps of so deep a chain takes chDB 20 s of planning (a name that grows with every use), so it is told not to.
def run_chdb(opened):
    return json.loads(opened.query(sql("t") + " SETTINGS query_plan_merge_expressions = 0", "JSONCompactEachRow").data())


PEERS = {
    "duckdb": ("DuckDB", prepare_duckdb, run_duckdb),
    "polars": ("Polars", prepare_polars, run_polars("in-memory")),
    "polars-streaming": ("Polars, streaming", prepare_polars, run_polars("streaming")),
    "chdb": ("chDB", prepare_chdb, run_chdb),
}

# --- headrace: (fusion.mode, tier, rule value_ranges, at most this much of the time by hand)
MODES = {
    "interpreted": ("off", "interpreted", "on", None),
    "staged": ("staged", "compiled", "on", None),
    "fused": ("full", "compiled", "on", 1.5),
    "fused, checked": ("full", "compiled", "off", None),
    "planner": ("on", "auto", "on", 1.5),
}


def program(name, *arguments, text=""):
    """Runs a benchmark program, which measures itself and prints one JSON object."""
    command = [BINARIES / f"bench_{name}", *map(str, arguments)]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{command[0].name} ended with {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def run_headrace(mode, rows):
    fusion, tier, ranges, _ = MODES[mode]
    text = f"SET fusion.rule.value_ranges = '{ranges}'; {sql('t')}"
    return program("fusion_headrace", rows, THREADS, REPEATS, fusion, tier, text=text)


def check_answers(answers):
    expected = answers["by hand"]
    for engine, answer in answers.items():
        if [int(value) for value in answer] != [int(value) for value in expected]:
            raise SystemExit(f"{engine} answers {answer}, by hand {expected}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--engines", default=";".join([*MODES, *PEERS]), help="names with ; between them")
    arguments = parser.parse_args()
    engines = arguments.engines.split(";")

    report, answers = Report(), {}
    by_hand = program("fusion_by_hand", arguments.rows, THREADS, REPEATS)
    answers["by hand"] = by_hand["answer"]
    column_bytes = arguments.rows * 8 * len(MULTIPLIERS)
    reading = {"seconds": column_bytes / by_hand["read_bytes_per_second"]}
    report.add(CASE, "reading alone", reading, ratio_to="by hand")
    report.add(CASE, "by hand", by_hand, ratio_to="by hand")

    measured = {}
    for mode in (mode for mode in MODES if mode in engines):
        name = f"headrace, {mode}"
        measured[name] = run_headrace(mode, arguments.rows)
        report.add(CASE, name, measured[name], ratio_to="by hand", at_most=MODES[mode][-1])
    peers = {}
    for name, prepare, work in (PEERS[peer] for peer in PEERS if peer in engines):
        peers[name] = measure(work, REPEATS, lambda prepare=prepare: prepare(arguments.rows))
        report.add(CASE, name, peers[name], ratio_to="by hand")
    for name, one in {**measured, **peers}.items():
        answers[name] = one["answer"]
    check_answers(answers)

    if peers and "headrace, staged" in measured:
        fastest = min(peers, key=lambda name: peers[name]["seconds"])
        report.add(AGAINST_PEERS, fastest, peers[fastest], ratio_to=fastest)
        report.add(AGAINST_PEERS, "headrace, staged", measured["headrace, staged"], ratio_to=fastest, at_most=1.0)
    report.finish()
    print(f"\nall answers alike: {answers['by hand']}")
    print(f"memory delivers {by_hand['read_bytes_per_second'] / 1e9:.1f} GB/s; of that "
          + ", ".join(f"{name} uses {reading['seconds'] / one['seconds']:.0%}"
                      for name, one in {"by hand": by_hand, **measured, **peers}.items()))


if __name__ == "__main__":
    main()
