"""Small queries that break a wrong design: a join that explodes, and state that outgrows memory."""

import subprocess
import sys

import program
import pytest

MIB = 2**20


# What a process held counts from before it became another program: a small one starts ours, not this one, which may be large.
MEASURE = """
import os, sys
_, status, usage = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)
print(usage.ru_maxrss * 1024, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def run_measured(*arguments):
    """Runs the program: its answer, and the most memory that it held, in bytes."""
    done = subprocess.run([sys.executable, "-c", MEASURE, program.BINARY, "sql", "--format", "csv", *arguments],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=program.ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[1:], int(done.stderr.splitlines()[-1])


def exploding(rows):
    side = f"(SELECT range AS r, 1 AS k FROM range(0, {rows}))"
    return f"SELECT count(*), sum(a.r * b.r) FROM {side} AS a JOIN {side} AS b ON a.k = b.k"


@pytest.mark.slow
def test_exploding_join_is_flat_in_memory():
    """10^10 pairs of one key: the probe emits them batch by batch, and nothing piles up behind it."""
    small, small_bytes = run_measured(exploding(1_000))
    large, large_bytes = run_measured(exploding(100_000))
    total = sum(range(1_000)) ** 2, sum(range(100_000)) ** 2
    assert small == [f"1000000,{total[0]}"]
    assert large == [f"10000000000,{total[1]}"]
    assert large_bytes - small_bytes < 48 * MIB, f"{small_bytes} bytes for 10^6 pairs, {large_bytes} for 10^10"


GROUPS = 10_000_000
# Every group has three rows, far apart: range × odd modulo 2^k would not spread them, a prime does.
SPILLING = f"""
SELECT count(*) AS groups, sum(n) AS row_count, min(n) AS fewest, max(n) AS most, sum(total) AS total, sum(k * first) AS checksum
FROM (SELECT range * 7919 % {GROUPS} AS k, count(*) AS n, sum(range) AS total, min(range) AS first
      FROM range(0, {3 * GROUPS}) GROUP BY k)"""


def spilled_answer():
    """Group k holds the rows i, i + GROUPS and i + 2 × GROUPS, where i = k ÷ 7919 modulo GROUPS."""
    total = sum(range(3 * GROUPS))
    checksum = sum(row * 7919 % GROUPS * row for row in range(GROUPS))
    return [f"{GROUPS},{3 * GROUPS},3,3,{total},{checksum}"]


@pytest.mark.slow
def test_an_aggregate_spills_instead_of_growing(tmp_path):
    limit = "SET memory_limit = '64MiB'; "
    answer, held_bytes = run_measured("--threads", "2", limit + SPILLING)
    assert answer == spilled_answer()
    # Beside the 64 MiB: 25 of program and libraries, 55 of LLVM, stacks, and what the allocator keeps.
    assert held_bytes < 192 * MIB, f"the limit is not kept: {held_bytes} bytes"


def test_too_little_memory_is_an_error_that_names_who_uses_it():
    outcome = program.fail("sql", "SET memory_limit = '1MiB'; SELECT range, count(*) FROM range(0, 3000000) GROUP BY range "
                           "ORDER BY range LIMIT 1", says=["(?i)memory"])
    assert "limit" in outcome.stderr
