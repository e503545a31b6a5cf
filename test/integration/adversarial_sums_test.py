"""Goal: sums of floats that are made to break sums are exact all the same: cancellation over 600 binary orders of magnitude, infinities, NaN, -0,
values beyond the greatest double on the way.

Method: each vector is a group of one table, its rows scattered; the oracle is fractions.Fraction, over the vector's sum in units of 2^-1074.
HEADRACE_SUMS says how many vectors (a million in the long test), HEADRACE_SEED varies them.
"""

import fractions
import math
import os
import random
import struct

import numpy
import pyarrow
import pyarrow.parquet
import pytest
from program import succeed

SEED = int(os.environ.get("HEADRACE_SEED", "11"))
UNIT = 1074  # every finite double is a multiple of 2^-1074
GREATEST = 1.7976931348623157e308


def units(value):
    """The double in units of 2^-1074."""
    numerator, denominator = value.as_integer_ratio()
    return (numerator << UNIT) // denominator


def exact(values):
    """What sum() must answer: rounded once, infinities and NaN as in docs/types.md."""
    special = [value for value in values if not math.isfinite(value)]
    if special:
        return sum(special)
    total = fractions.Fraction(sum(map(units, values)), 1 << UNIT)
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf


def drawn(chance, low, high):
    return math.ldexp(chance.choice((-1, 1)) * (1 + chance.getrandbits(52) * 2.0**-52), chance.randrange(low, high))


def vector(chance):
    kind = chance.randrange(10)
    if kind < 4:  # what is left lies 500 to 800 binary orders below what cancels
        high = [drawn(chance, 250, 400) for _ in range(chance.randrange(1, 4))]
        values = high + [-value for value in high] + [drawn(chance, -400, -250) for _ in range(chance.randrange(1, 4))]
    elif kind < 6:  # halfway between two doubles, or next to it
        head = drawn(chance, -20, 20)
        ulp = math.ulp(head)
        values = [head, ulp / 2, *chance.choice(([], [5e-324], [-5e-324], [ulp * 2.0**-60], [-ulp * 2.0**-60]))]
    elif kind < 7:  # beyond the greatest double, and back or not
        values = [GREATEST] * chance.randrange(1, 4) + [-GREATEST] * chance.randrange(0, 3) + [chance.choice((2.0**969, -(2.0**969), 2.0**970, 1.0))]
    elif kind < 8:
        values = [chance.choice((-0.0, 0.0, 5e-324, -5e-324, 2.2250738585072014e-308)) for _ in range(chance.randrange(1, 6))]
    elif kind < 9:
        values = [drawn(chance, -1022, 1023) for _ in range(chance.randrange(1, 8))] + [chance.choice((math.inf, -math.inf, math.nan))] * chance.randrange(0, 3)
    else:
        values = [round(chance.uniform(-1000, 1000), 2) for _ in range(chance.randrange(1, 9))]
    chance.shuffle(values)
    return values


def bits(value):
    return "nan" if math.isnan(value) else struct.pack(">d", value).hex()


def check(count, tmp_path, *settings):
    chance = random.Random(SEED)
    vectors = [vector(chance) for _ in range(count)]
    groups = numpy.repeat(numpy.arange(count), [len(values) for values in vectors])
    rows = numpy.concatenate([numpy.array(values) for values in vectors])
    order = numpy.random.default_rng(SEED).permutation(len(rows))
    path, out = tmp_path / "sums.parquet", tmp_path / "answer.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"g": groups[order], "x": rows[order]}), path, row_group_size=100_000)
    words = [word for setting in settings for word in ("--set", setting)]
    succeed("sql", f"COPY (SELECT g, sum(x) AS s FROM '{path}' GROUP BY g) TO '{out}' (FORMAT parquet)", *words, seconds_max=3600)
    answer = pyarrow.parquet.read_table(out)
    found = dict(zip(answer["g"].to_pylist(), answer["s"].to_pylist(), strict=True))
    assert len(found) == count
    for group, values in enumerate(vectors):
        expected = exact(values)
        assert bits(found[group]) == bits(expected), f"sum of {values}: expected {expected!r}, found {found[group]!r}, seed {SEED}, {settings}"


@pytest.mark.parametrize("settings", [("fusion.mode=off", "tier=interpreted", "threads=1"), ("fusion.mode=full", "tier=compiled", "threads=2"),
                                      ("threads=4", "vector_rows=7")], ids=" ".join)
def test_sums(settings, tmp_path):
    check(int(os.environ.get("HEADRACE_SUMS", "20000")), tmp_path, *settings)


@pytest.mark.long
def test_a_million_sums(tmp_path):
    check(1_000_000, tmp_path, "threads=2")


def test_the_oracle_knows_cases():
    """Of the oracle itself: cases whose sums are known."""
    assert exact([1e308, 1e308, -1e308]) == 1e308
    assert exact([1.0, 2.0**-53]) == 1.0 and exact([1.0, 2.0**-53, 5e-324]) == 1.0 + 2.0**-52
    assert bits(exact([-0.0, -0.0])) == bits(0.0)
    assert exact([GREATEST, GREATEST]) == math.inf and math.isnan(exact([math.inf, -math.inf]))
    assert exact([2.0**300, 2.0**-300, -(2.0**300)]) == 2.0**-300
