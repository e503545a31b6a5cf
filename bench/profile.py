"""Whether what EXPLAIN ANALYZE samples is true: taking a part of a query away must take as much time as the part's steps were charged for.

    ./dev bench profile [--cases 'like;sqrt'] [--repeats 5] [--json FILE]

Each case is a stage of one query, with a part on its second line and without it; stages run compiled, with one thread, each run a process of
its own, by turns, and the fastest counts. `charged` is the share of the stage's processor time that the part's steps have, `worth` the share
that goes away with the part; the target is that they part by 10 points at most. `between` is the share that is charged to no step, source,
sink or loop (at most 5 %), and `overhead` the stage's time while it is sampled, divided by that without (at most 1.02 in the median).
"""

import argparse
import json
import pathlib
import statistics
import subprocess

from _headrace import BINARIES, ROOT

RANGE = "FROM range(60000000)"
LINES = f"FROM '{ROOT}/data/tpch-sf1/lineitem.parquet'"
# By case: the query, whose second line goes away.
CASES = {
    "sum of a chain": "SELECT sum(range) AS a\n, sum((range * 3 + 1) * 5 - range) AS b\nFROM range(300000000)",
    "modulo": f"SELECT sum(range) AS a, max(range % 11) AS b\n, max(range % 7) AS c\n{RANGE}",
    "sqrt": "SELECT sum(range) AS a\n, sum(sqrt(range + 1e0)) AS b\nFROM range(150000000)",
    "ln twice": "SELECT sum(ln(range + 1e0)) AS a\n, sum(ln(range + 2e0)) AS b\nFROM range(20000000)",
    "sines": "SELECT sum(range) AS a, max(range % 7) AS b\n, max(sin(range * 1e0)) AS c\nFROM range(20000000)",
    "a filter": "SELECT sum(range % 1000) AS a FROM range(60000000) WHERE range % 3 <> 1\nAND range % 5 <> 2\n",
    "case": f"SELECT sum(range % 10) AS a\n, sum(CASE WHEN range % 4 = 1 THEN range % 9 ELSE range END) AS b\n{RANGE}",
    "decimals": f"SELECT sum(range) AS a\n, sum(CAST(range % 1000 AS decimal(12, 2)) * (1 - CAST(range % 10 AS decimal(12, 2)))) AS b\n{RANGE}",
    "like": f"SELECT count(*) AS a, max(length(l_comment)) AS b {LINES} WHERE l_comment NOT LIKE '%special%'\nAND l_comment NOT LIKE '%furious%ideas%'\n",
    "capitals": f"SELECT max(length(l_comment)) AS a\n, max(length(upper(l_comment))) AS b\n{LINES}",
    "substring": f"SELECT max(substring(l_comment, 2, 5)) AS a\n, max(substring(l_comment, 7, 9)) AS b\n{LINES}",
    "years": f"SELECT sum(range % 7) AS a\n, sum(extract(year FROM DATE '1992-01-01' + CAST(range % 2000 AS int32))) AS b\n{RANGE}",
    "hashes": f"SELECT max(l_comment) AS a\n, max(hash(l_comment)) AS b\n{LINES}",
}
SAMPLES_PER_SECOND = 750  # the default
SETTINGS = ("tier=compiled", "threads=1", "fusion.adapt=off", "fusion.shadow_share=0")


def run(query, samples_per_second):
    """The first stage of the query."""
    command = [BINARIES / "headrace", "sql", f"EXPLAIN (ANALYZE, FORMAT json) {query}"]
    for setting in (*SETTINGS, f"samples_per_second={samples_per_second}"):
        command += ["--set", setting]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)["stages"][0]


def share(stage, wanted):
    return sum(part["cpu_ns"] for part in stage["parts"] if wanted(part)) / cpu_ns(stage)


def cpu_ns(stage):
    return sum(part["cpu_ns"] for part in stage["parts"])


def fastest(stages):
    return min(stages, key=cpu_ns)


def measure(name, query, repeats):
    lines = query.split("\n")
    without = "\n".join((lines[0], *lines[2:]))
    sampled, plain, less = [], [], []
    for _ in range(repeats):
        sampled.append(run(query, SAMPLES_PER_SECOND))
        plain.append(run(query, 0))
        less.append(run(without, SAMPLES_PER_SECOND))
    busy_ns = {key: min(stage["busy_ns"] for stage in stages) for key, stages in (("sampled", sampled), ("plain", plain))}
    whole = fastest(sampled)
    row = {"case": name, "seconds": cpu_ns(whole) / 1e9, "samples": whole["samples"],
           "charged": share(whole, lambda part: part["where"].startswith("2:")),
           "worth": 1 - cpu_ns(fastest(less)) / cpu_ns(whole),
           "between": share(whole, lambda part: part["part"] == "between"),
           "overhead": busy_ns["sampled"] / busy_ns["plain"]}
    row["points"] = 100 * abs(row["charged"] - row["worth"])
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--cases", default=";".join(CASES))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json")
    options = parser.parse_args()
    rows = []
    print(f"{'part':<16} {'s':>6} {'samples':>8} {'charged':>8} {'worth':>8} {'points':>7} {'between':>8} {'overhead':>9}")
    for name in options.cases.split(";"):
        row = measure(name, CASES[name], options.repeats)
        rows.append(row)
        print(f"{name:<16} {row['seconds']:>6.2f} {row['samples']:>8} {100 * row['charged']:>6.1f} % {100 * row['worth']:>6.1f} % {row['points']:>7.1f} "
              f"{100 * row['between']:>6.1f} % {row['overhead']:>9.3f}", flush=True)
    worst, overhead = max(row["points"] for row in rows), statistics.median(row["overhead"] for row in rows)
    between = max(row["between"] for row in rows)
    print(f"charged and worth part by {worst:.1f} points in the worst case (target at most 10: {'yes' if worst <= 10 else 'NO'}); between: at most "
          f"{100 * between:.1f} % (5: {'yes' if between <= 0.05 else 'NO'}); overhead {overhead:.3f} in the median (1.02: {'yes' if overhead <= 1.02 else 'NO'})")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
