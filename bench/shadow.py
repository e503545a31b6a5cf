"""What it costs to run some batches both ways: TPC-H queries and a chain of steps, with the default share and with none.

    ./dev bench shadow [--queries 'q01;chain'] [--repeats 21] [--json FILE]

One process for each query, one thread, code and files ready, the two settings by turns; processor time, the fastest of all repeats. `ratio` is the
time with fusion.shadow_share = 0.001, the default, beside that with 0. Target: at most 1.01 over all, as a geometric mean.
"""

import argparse
import math

import tpch
from _headrace import run_headrace
from _report import Report

AT_MOST = 1.01
QUERIES = ("q01", "q03", "q06", "q09", "q12", "q14", "q18")
CHAIN = "SELECT sum(" + "".join("(" for _ in range(14)) + "range" + "".join(f" + {i}) * 3 % 1000003" for i in range(14)) + ") AS s FROM range(8000000)"
WAYS = {"without": "0", "default": "0.001"}


def measure(text, repeats):
    """{way: the fastest run's seconds of the processor}."""
    setup = "; ".join(f"CREATE VIEW {table} AS SELECT * FROM '{tpch.path_of(table)}'" for table in tpch.TABLES)
    asked = [f"SET fusion.shadow_share = {share}; {text}" for _ in range(repeats) for share in WAYS.values()]
    told = run_headrace(asked[:2] + asked, 1, threads=1, setup=setup, cpu=True)[2:]
    if any(one["seconds"] is None for one in told):
        raise SystemExit(next(one["error"] for one in told if one["seconds"] is None))
    return {way: min((told[at] for at in range(place, len(told), len(WAYS))), key=lambda one: one["seconds"])
            for place, way in enumerate(WAYS)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--queries", help="names with ; between them; chain is one")
    parser.add_argument("--repeats", type=int, default=21)
    arguments = parser.parse_args()
    report = Report()
    ratios = []
    for name in arguments.queries.split(";") if arguments.queries else (*QUERIES, "chain"):
        measured = measure(CHAIN if name == "chain" else tpch.text_of(name), arguments.repeats)
        report.add(name, "without", measured["without"])
        report.add(name, "default", measured["default"], ratio_to="without")
        ratios.append(measured["default"]["seconds"] / measured["without"]["seconds"])
        print(f"{name:8}{measured['without']['seconds'] * 1e3:10.1f} ms without{measured['default']['seconds'] * 1e3:10.1f} ms with{ratios[-1]:9.4f}",
              flush=True)
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    print(f"geometric mean {mean:.4f} (target at most {AT_MOST}: {'yes' if mean <= AT_MOST else 'NO'})")
    if arguments.json:
        report.write(arguments.json)


if __name__ == "__main__":
    main()
