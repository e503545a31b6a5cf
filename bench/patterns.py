"""What each fusion pattern is worth on this machine: its example with the pattern and without.

    ./dev bench patterns [--patterns 'compute_chain;late_decode'] [--repeats 3] [--json FILE]

Each is a process of `headrace patterns NAME`, which runs both ways by turns, one thread, machine code ready, and holds the answers against each
other; the fastest run of all processes counts, without planning. `ratio` is the time with the pattern divided by that without; the target is that no
pattern costs more than it saves on its own example (at most 1).
"""

import argparse
import json
import subprocess

from _headrace import BINARIES
from _report import Report

REPEATS = 3


def told_by(*arguments):
    done = subprocess.run([BINARIES / "headrace", "patterns", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr.strip())
    return done.stdout


def names():
    return [line.split()[0] for line in told_by().splitlines()]


def measure(name, repeats):
    """({seconds} with the pattern, the same without, what it is): of the fastest run of either way."""
    told = [json.loads(told_by(name, "--json")) for _ in range(repeats)]
    seconds = [min(one[way]["ns_per_row"] for one in told) * told[0]["rows"] / 1e9 for way in ("with", "without")]
    return {"seconds": seconds[0]}, {"seconds": seconds[1]}, told[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--patterns", help="names with ; between them")
    arguments = parser.parse_args()
    report = Report()
    print(f"{'pattern':20}{'ns/row with':>13}{'without':>10}{'ratio':>8}  what it is")
    for name in arguments.patterns.split(";") if arguments.patterns else names():
        on, off, told = measure(name, arguments.repeats)
        report.add(name, "without", off)
        report.add(name, "with", on, ratio_to="without", at_most=1.0)
        per_row = 1e9 / told["rows"]
        print(f"{name:20}{on['seconds'] * per_row:13.3f}{off['seconds'] * per_row:10.3f}{on['seconds'] / off['seconds']:8.2f}  {told['shape']}",
              flush=True)
    if arguments.json:
        report.write(arguments.json)


if __name__ == "__main__":
    main()
