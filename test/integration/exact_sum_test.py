"""Goal: SUM and AVG of floats are the exact results, rounded once, whatever the threads and the order of rows.

Oracle: fractions.Fraction, with our rules (docs/types.md, DESIGN section 3): NaN, or infinities of both signs, give NaN; else an
infinity wins; an exact sum of zero is +0; nulls are skipped; no value at all gives null; beyond the greatest double: an infinity.
"""

import fractions
import json
import math
import os
import pathlib
import random
import struct
import subprocess
import sys

import pyarrow
import pyarrow.parquet
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from reference_test import reference  # noqa: E402

SEED = int(os.environ.get("HEADRACE_SEED", "4"))
PROGRAM = pathlib.Path(os.environ.get("HEADRACE_BUILD", "build/release")) / "headrace"


def exact(values, divisor=1):
    values = [value for value in values if value is not None]
    if not values:
        return None
    special = [value for value in values if not math.isfinite(value)]
    if special:
        return sum(special)
    total = sum(map(fractions.Fraction, values), fractions.Fraction(0)) / divisor
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf


def bits(value):
    if value is None:
        return None
    return "nan" if math.isnan(value) else struct.pack(">d", value).hex()


def random_double(chance, exponents):
    """Any finite double: sign, exponent in the range, mantissa."""
    sign, mantissa = chance.getrandbits(1), chance.getrandbits(52)
    exponent = chance.randrange(*exponents) + 1023
    return struct.unpack(">d", struct.pack(">Q", sign << 63 | exponent << 52 | mantissa))[0]


def cancelling(chance, count, exponents):
    """Values and their negatives, shuffled: what is left is far below the largest."""
    half = [random_double(chance, exponents) for _ in range(count // 2)]
    values = half + [-value for value in half] + [random_double(chance, (-1022, -900)) for _ in range(3)]
    chance.shuffle(values)
    return values


GREATEST, SMALLEST = 1.7976931348623157e308, 5e-324
CASES = {
    "cancellation over 600 binary orders": lambda c: cancelling(c, 3000, (-300, 300)),
    "cancellation over all orders": lambda c: cancelling(c, 3000, (-1022, 1023)),
    "subnormals": lambda c: [c.choice([1, -1]) * c.randrange(1 << 52) * SMALLEST for _ in range(2000)],
    "smallest and greatest": lambda c: [GREATEST, -GREATEST, SMALLEST] * 300 + [SMALLEST],
    "overflow and back": lambda c: [GREATEST] * 500 + [-GREATEST] * 499,
    "overflow at the end": lambda c: [GREATEST, GREATEST, 1.0],
    "overflow downwards": lambda c: [-GREATEST] * 7,
    "half an ulp beyond the greatest": lambda c: [GREATEST, 2.0**969, 2.0**969],
    "just less than half an ulp beyond": lambda c: [GREATEST, 2.0**970 - 2.0**917],
    "halfway, to even": lambda c: [1.0, 2.0**-53],
    "halfway and a little more": lambda c: [1.0, 2.0**-53, SMALLEST],
    "halfway and a little less": lambda c: [1.0, 2.0**-53, -SMALLEST],
    "equal magnitudes": lambda c: [c.uniform(0.5, 1.0) for _ in range(5000)],
    "decimals": lambda c: [round(c.uniform(-1000, 1000), 2) for _ in range(5000)],
    "powers of two": lambda c: [math.ldexp(c.choice([1, -1]), c.randrange(-1074, 1023)) for _ in range(3000)],
    "one value": lambda c: [0.1],
    "negative zeros": lambda c: [-0.0] * 5,
    "zeros that cancel": lambda c: [1.5, -1.5, -0.0],
    "an infinity": lambda c: [1.0, math.inf, -5.0, math.inf],
    "a negative infinity": lambda c: [GREATEST, GREATEST, -math.inf],
    "both infinities": lambda c: [math.inf, 1.0, -math.inf],
    "a NaN": lambda c: [1.0, math.nan, 2.0],
    "a NaN and infinities": lambda c: [-math.inf, math.nan, -math.inf],
    "nulls": lambda c: [None, 0.1, None, 0.2, 0.7, None],
    "only nulls": lambda c: [None] * 70,
    "random": lambda c: [random_double(c, (-1022, 1023)) for _ in range(3000)],
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """All cases as groups of one table, their rows mixed, in many row groups; as Parquet and CSV."""
    chance = random.Random(SEED)
    groups = {name: make(chance) for name, make in CASES.items()}
    rows = [(name, value) for name, values in groups.items() for value in values]
    chance.shuffle(rows)
    directory = tmp_path_factory.mktemp("sums")
    table = pyarrow.table({"name": [row[0] for row in rows], "x": pyarrow.array([row[1] for row in rows], pyarrow.float64())})
    pyarrow.parquet.write_table(table, directory / "sums.parquet", row_group_size=1000)
    lines = ["name,x"] + [f"\"{name}\",{'' if value is None else repr(value)}" for name, value in rows]
    (directory / "sums.csv").write_text("\n".join(lines) + "\n")
    return directory, groups


def query(sql, threads, settings=()):
    command = [PROGRAM, "sql", sql, "--format", "ndjson", "--threads", str(threads)]
    for setting in settings:
        command += ["--set", setting]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def number(text):
    return None if text is None or text == "" else float(text)


def check_groups(groups, rows):
    found = {name: (bits(number(total)), bits(number(average))) for name, total, average in rows}
    expected = {}
    for name, values in groups.items():
        count = sum(value is not None for value in values)
        expected[name] = (bits(exact(values)), bits(exact(values, max(count, 1))))
    different = {name: (expected[name], found.get(name)) for name in expected if expected[name] != found.get(name)}
    assert not different, f"seed {SEED}, expected and found: {different}"
    assert set(found) == set(expected)


@pytest.mark.parametrize("file", ["sums.parquet", "sums.csv"])
def test_reference(data, file):
    """The reference sums without the engine's kernels, so it needs an oracle as well."""
    directory, groups = data
    (answer,) = reference([f"SELECT name, sum(x) AS s, avg(x) AS a FROM '{directory / file}' GROUP BY name"])
    check_groups(groups, answer["rows"])


@pytest.mark.parametrize("settings", [(), ("fusion.mode=off", "tier=interpreted"), ("fusion.mode=full", "tier=compiled"), ("vector_rows=7",)], ids=str)
@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("file", ["sums.parquet", "sums.csv"])
def test_groups(data, file, threads, settings):
    directory, groups = data
    # As text, so that no format in between can round or refuse a NaN.
    rows = query(f"SELECT name, CAST(sum(x) AS varchar) AS s, CAST(avg(x) AS varchar) AS a FROM '{directory / file}' GROUP BY name", threads, settings)
    check_groups(groups, [(row["name"], row["s"], row["a"]) for row in rows])


@pytest.mark.parametrize("threads", [1, 4])
def test_all_rows(data, threads):
    """One sum over the groups without special values, and the order of rows does not show."""
    directory, groups = data
    finite = [name for name, values in groups.items() if all(value is None or math.isfinite(value) for value in values)]
    values = [value for name in finite for value in groups[name] if value is not None]
    names = ", ".join(f"'{name}'" for name in finite)
    source = f"(SELECT x FROM '{directory}/sums.parquet' WHERE name IN ({names}))"
    for order in ("", " ORDER BY x", " ORDER BY x DESC"):
        (row,) = query(f"SELECT CAST(sum(x) AS varchar) AS s, CAST(avg(x) AS varchar) AS a, count(x) AS n FROM (SELECT x FROM {source} t{order}) u", threads)
        assert int(row["n"]) == len(values)
        assert bits(number(row["s"])) == bits(exact(values))
        assert bits(number(row["a"])) == bits(exact(values, len(values)))
