"""WITH RECURSIVE beside DuckDB, two threads, tables in memory.

    ./dev bench recursion [--json FILE]

Three cases: many rounds of one row (what a round costs beside its rows), the vertices that can be reached in a random graph of a
million edges (UNION, a join with a table that never changes), and few rounds of many rows. The fastest of three runs; answers
must be the same.
"""

import json
import os
import pathlib
import subprocess
import tempfile

from _report import Report, measure

THREADS = 2
REPEATS = 3
PROGRAM = pathlib.Path(os.environ.get("HEADRACE_BUILD", "build/release")) / "bench_query_headrace"
SETUP = ("CREATE TABLE edges AS SELECT (range * 7919) % 200000 AS src, (range * 104729 + range // 3) % 200000 AS dst "
         "FROM range(1000000)")
CASES = {
    "10,000 rounds of a row":
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 10000) "
        "SELECT count(*) AS rows, sum(n) AS total FROM t",
    "reachable vertices":
        "WITH RECURSIVE r(v) AS (SELECT 1::BIGINT UNION SELECT e.dst FROM r JOIN edges e ON e.src = r.v) "
        "SELECT count(*) AS rows, sum(v) AS total FROM r",
    "4 million rows in 21 rounds":
        "WITH RECURSIVE t(n) AS (SELECT 1::BIGINT UNION ALL SELECT n * 2 + k FROM t, (VALUES (0), (1)) s(k) "
        "WHERE n < 2000000) SELECT count(*) AS rows, sum(n) AS total FROM t",
}


def run_headrace(folder):
    """By case: {seconds, peak_bytes, answer}."""
    import pyarrow.feather
    texts = [("setup.sql", SETUP)] + [(f"{number}.sql", query) for number, query in enumerate(CASES.values())]
    for name, text in texts:
        (folder / name).write_text(text)
    command = [PROGRAM, THREADS, REPEATS, folder, *(folder / name for name, _ in texts)]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{PROGRAM.name} ended with {done.returncode}: {done.stderr.strip()}")
    told = json.loads(done.stdout)
    measured = {}
    for number, (case, one) in enumerate(zip(CASES, told["queries"])):
        if "error" in one:
            raise SystemExit(f"{case}: {one['error']}")
        row = pyarrow.feather.read_table(folder / f"{number}.arrow").to_pylist()[0]
        measured[case] = {"seconds": min(one["seconds"]), "peak_bytes": told["peak_bytes"],
                          "answer": [int(value) for value in row.values()]}
    return measured


def prepare_duckdb():
    import duckdb
    connection = duckdb.connect(config={"threads": THREADS})
    connection.execute(SETUP)
    return connection


def main():
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        ours = run_headrace(pathlib.Path(folder))
    for case, query in CASES.items():
        theirs = measure(lambda connection, query=query: connection.execute(query).fetchone(), REPEATS, prepare_duckdb)
        report.add(case, "DuckDB", theirs)
        report.add(case, "headrace", ours[case], ratio_to="DuckDB")
        if [int(value) for value in theirs["answer"]] != ours[case]["answer"]:
            raise SystemExit(f"{case}: headrace answers {ours[case]['answer']}, DuckDB {theirs['answer']}")
    report.finish()


if __name__ == "__main__":
    main()
