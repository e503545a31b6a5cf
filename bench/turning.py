"""Inputs that turn midway: the plan that adapts beside every static one, in each half.

    ./dev bench turning [--cases 'selectivity;strings'] [--repeats 9] [--json FILE]

Each case is a query over the first half of its input, and over both: the difference is the second half's time. Static plans are every step alone and
interpreted, every step alone as machine code, one loop as far as legal, and the planner's first choice; `ratio` is the adaptive plan's time in a half
beside the best static plan's in that half. Targets: at most 1.1 in each half, and one or two changes of the plan (printed, as explain --analyze says them).
One thread, tables in memory, plans by turns, the fastest of all repeats. `burst, idle` is a stream whose second half comes in drops, a batch every ten
milliseconds: its times are the processor's (bench/query/burst_headrace.cc), and drops alone should stay below `fusion.load_min`, interpreted.
"""

import argparse
import json
import re
import subprocess

from _headrace import BINARIES, run_headrace
from _report import Report

AT_MOST, CHANGES_AT_MOST = 1.1, 2
ADAPTIVE = "adaptive"
PLANS = {
    "interpreted": {"fusion.mode": "off", "tier": "interpreted"},
    "apart": {"fusion.mode": "staged", "tier": "compiled"},
    "one loop": {"fusion.mode": "full", "tier": "compiled"},
    "first choice": {"fusion.mode": "on", "fusion.adapt": "off", "tier": "compiled"},
    ADAPTIVE: {"fusion.mode": "on", "fusion.adapt": "on", "tier": "auto"},
}
HASH = "(range * 2654435761 % 4294967296)"

# case: (rows of a half, columns as SELECTed from range, the query over t)
TABLES = {
    # 1 % of the rows pass, then 90 %
    "selectivity": (8_000_000, f"range % 1000 AS a, range % 77 AS b, {HASH} % 100 - CASE WHEN range < {{half}} THEN 0 ELSE 89 END AS s",
                    "SELECT sum(((a * 3 + b) * (a - b) + a) * (b + 7) - a * b) AS x FROM t WHERE s < 1"),
    # 10 groups, then 10 million
    "keys": (6_000_000, f"range % 1000 AS a, range % 77 AS b, CASE WHEN range < {{half}} THEN range % 10 ELSE {HASH} % 10000000 END AS k",
             "SELECT count(*) AS n, max(x) AS x FROM (SELECT k, sum((a * 3 + b) * a) AS x FROM t WHERE a <> b GROUP BY k)"),
    # 6 bytes, then 250
    "strings": (1_000_000, "CASE WHEN range < {half} THEN 'text' || range % 100 ELSE repeat('lorem ipsum ', 20) || range END AS v",
                "SELECT sum(length(upper(v)) + length(replace(v, '7', 'seven'))) AS x FROM t WHERE contains(v, '7')"),
}


def settings(plan):
    return "".join(f"SET {name} = '{value}'; " for name, value in PLANS[plan].items())


def changes_of(setup, query):
    """What the adaptive plan changed, as explain --analyze says of its stages."""
    done = subprocess.run([BINARIES / "headrace", "explain", "--analyze", "--format", "json", "--threads", "1"],
                          input=f"{setup}; {query}", capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr.strip())
    found = re.findall(r'"changes": (\[.*?\])[,}]', done.stdout)
    return [change for one in found for change in json.loads(one)]


def best_of(runs):
    return min(one["seconds"] for one in runs)


def check(told):
    for one in told:
        if one["seconds"] is None:
            raise SystemExit(one["error"])
    return told


def measure_tables(name, repeats):
    """{plan: [seconds of the first half, of the second]} and the changes."""
    half, columns, query = TABLES[name]
    setup = "; ".join(f"CREATE TABLE {table} AS SELECT {columns.format(half=half)} FROM range(0, {rows})"
                      for table, rows in (("half", half), ("t", 2 * half)))
    texts = {plan: [settings(plan) + query.replace("FROM t", f"FROM {table}") for table in ("half", "t")] for plan in PLANS}
    seconds = {plan: [[], []] for plan in PLANS}
    told = check(run_headrace([text for _ in range(repeats) for plan in PLANS for text in texts[plan]], 2, threads=1, setup=setup))
    for at, one in enumerate(told):
        seconds[list(PLANS)[at // 2 % len(PLANS)]][at % 2].append(one)
    return {plan: halves(*map(best_of, runs)) for plan, runs in seconds.items()}, changes_of(setup, query)


def halves(first, both):
    return [first, both - first]


BURST_MORSELS, DROPS = 6_000, 100


def run_burst(plans, repeats, burst):
    options = [",".join(f"{name}={value}" for name, value in PLANS[plan].items()) for plan in plans]
    done = subprocess.run([BINARIES / "bench_burst_headrace", str(repeats), str(burst), str(DROPS), *options], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr.strip())
    return dict(zip(plans, map(json.loads, done.stdout.splitlines()), strict=True))


def measure_burst(repeats):
    told = [run_burst(PLANS, 3, BURST_MORSELS) for _ in range(repeats)]
    alone = run_burst([ADAPTIVE], 1, 0)[ADAPTIVE]
    print(f"drops alone: {alone['compiled']} of {DROPS} ran as machine code")
    best = {plan: [min(one[plan][half] for one in told) for half in ("burst", "drops")] for plan in PLANS}
    return best, told[0][ADAPTIVE]["changes"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--cases", help="names with ; between them")
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()
    report = Report()
    for name in arguments.cases.split(";") if arguments.cases else [*TABLES, "burst, idle"]:
        measured, changes = measure_burst(arguments.repeats) if name not in TABLES else measure_tables(name, arguments.repeats)
        for half, title in enumerate((f"{name}, first half", f"{name}, second half")):
            static = {plan: one[half] for plan, one in measured.items() if plan != ADAPTIVE}
            best = min(static, key=static.get)
            for plan, taken in static.items():
                report.add(title, plan, {"seconds": taken})
            report.add(title, ADAPTIVE, {"seconds": measured[ADAPTIVE][half]}, ratio_to=best, at_most=AT_MOST)
            times = ", ".join(f"{plan} {taken * 1e3:.1f}" for plan, taken in static.items())
            print(f"{title}: {ADAPTIVE} {measured[ADAPTIVE][half] * 1e3:.1f} ms, {measured[ADAPTIVE][half] / static[best]:.2f} of {best} ({times})",
                  flush=True)
        print(f"  {len(changes)} changes (target at most {CHANGES_AT_MOST}: {'yes' if len(changes) <= CHANGES_AT_MOST else 'NO'})")
        for change in changes:
            print(f"    {change}")
    if arguments.json:
        report.write(arguments.json)


if __name__ == "__main__":
    main()
