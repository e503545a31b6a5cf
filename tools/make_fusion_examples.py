"""Prints docs/guide/fusion_examples.md: what `headrace explain --fusion --analyze` says of three TPC-H queries and of a chain of 30 steps.

    build/release/headrace calibrate --output build/calibration
    HEADRACE_CALIBRATION=build/calibration python3 tools/make_fusion_examples.py > docs/guide/fusion_examples.md

TPC-H's tables come from data/tpch-sf1, the chain's columns from range(). Each query runs once before the run that is shown, so that what is
shown has machine code from the start.
"""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "test/integration"), str(ROOT / "bench")]
import fusion  # noqa: E402
import tpch  # noqa: E402

HEADRACE = ROOT / os.environ.get("HEADRACE_BUILD", "build/release") / "headrace"
ROWS = 20_000_000
COLUMNS = ("SELECT range & 1023 AS a, (range * 7919) & 1023 AS b, (range * 104729) & 1023 AS c FROM range({rows})")


def explained(statements):
    command = [HEADRACE, "explain", "--fusion", "--analyze", "--threads", "2", "--set", "tier=compiled", statements]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ, "HEADRACE_HISTORY": "off"})
    lines = done.stdout.splitlines()
    return "\n".join(line.rstrip() for line in lines).replace(str(ROOT) + "/", "")


def main():
    print("# What explain says\n\nPrinted by `tools/make_fusion_examples.py`; [fusion.md](fusion.md) says how to read it. Two threads, machine code waited for "
          "(`tier = compiled`).\n")
    for title, text in [("TPC-H Q1", tpch.script("q01", "data/tpch-sf1")), ("TPC-H Q3", tpch.script("q03", "data/tpch-sf1")), ("TPC-H Q9", tpch.script("q09", "data/tpch-sf1")),
                        (f"A chain of 30 steps over {ROWS:,} rows", fusion.sql(f"({COLUMNS.format(rows=ROWS)}) AS t"))]:
        print(f"## {title}\n\n```text\n{explained(text)}\n```\n")


main()
