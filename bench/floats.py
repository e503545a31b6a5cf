"""What exact sums of floats cost beside sum_fast, which rounds at every addition.

    ./dev bench floats [--repeats 9] [--json FILE]

TPC-H Q1 at scale factor 1 with its decimals cast to float64, and the questions of db-benchmark's group-by (10 million rows, 100 groups, made here by
numpy) that add up floats. Each runs with exact aggregates and with what sum_fast and count make of the same, by turns, two threads; `ratio` is the fastest
exact run divided by the fastest of sum_fast. Targets: the geometric mean of the ratios at most 1.1, each at most 1.3. Largest two values (question 8)
adds up nothing, and is left out. Variance and correlation of sum_fast are the textbook's formulas, whose digits cancel: their answers are not held
against the exact ones; sums and means are, to nine digits.
"""

import argparse
import math
import tempfile

from _headrace import ROOT, generated, run_headrace
from _report import Report

ROWS, GROUPS = 10_000_000, 100
EACH_AT_MOST, MEAN_AT_MOST = 1.3, 1.1

Q1 = """
SELECT l_returnflag, l_linestatus, {sum}(quantity) AS sum_quantity, {sum}(price) AS sum_price,
       {sum}(price * (1 - discount)) AS sum_discounted, {sum}(price * (1 - discount) * (1 + tax)) AS sum_charge,
       {sum}(quantity) / count(*) AS mean_quantity, {sum}(price) / count(*) AS mean_price,
       {sum}(discount) / count(*) AS mean_discount, count(*) AS orders
FROM (SELECT l_returnflag, l_linestatus, l_quantity::float64 AS quantity, l_extendedprice::float64 AS price,
             l_discount::float64 AS discount, l_tax::float64 AS tax
      FROM '{lineitem}' WHERE l_shipdate <= DATE '1998-09-02')
GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus"""

DEVIATION = "sqrt((sum_fast(v3 * v3) - sum_fast(v3) * sum_fast(v3) / count(v3)) / (count(v3) - 1))"
X, Y = "v1::float64", "v2::float64"
CORRELATION = (f"power(count(*) * sum_fast({X} * {Y}) - sum_fast({X}) * sum_fast({Y}), 2) / "
               f"((count(*) * sum_fast({X} * {X}) - sum_fast({X}) * sum_fast({X})) * "
               f"(count(*) * sum_fast({Y} * {Y}) - sum_fast({Y}) * sum_fast({Y})))")

# question: (grouped by, exact, fast, whether the answers are the same but for the last digits)
QUESTIONS = {
    "3: mean of v3 by id3": ("id3", "sum(v1), avg(v3)", "sum(v1), sum_fast(v3) / count(v3)", True),
    "4: means by id4": ("id4", "avg(v1), avg(v2), avg(v3)", "avg(v1), avg(v2), sum_fast(v3) / count(v3)", True),
    "5: sums by id6": ("id6", "sum(v1), sum(v2), sum(v3)", "sum(v1), sum(v2), sum_fast(v3)", True),
    "6: deviation by id4, id5": ("id4, id5", "median(v3), stddev_samp(v3)", f"median(v3), {DEVIATION}", False),
    "9: correlation by id2, id4": ("id2, id4", "power(corr(v1, v2), 2)", CORRELATION, False),
    "10: sum of v3 by id1 to id6": ("id1, id2, id3, id4, id5, id6", "sum(v3), count(*)", "sum_fast(v3), count(*)", True),
}


def make_groups(path):
    import numpy
    import pyarrow
    import pyarrow.parquet

    random = numpy.random.default_rng(108)

    def texts(count, digits):
        names = pyarrow.array([f"id{number:0{digits}}" for number in range(1, count + 1)])
        return pyarrow.DictionaryArray.from_arrays(random.integers(0, count, ROWS, dtype=numpy.int32), names)

    def numbers(most):
        return pyarrow.array(random.integers(1, most, ROWS, endpoint=True, dtype=numpy.int32))

    many = ROWS // GROUPS
    columns = {"id1": texts(GROUPS, 3), "id2": texts(GROUPS, 3), "id3": texts(many, 10), "id4": numbers(GROUPS), "id5": numbers(GROUPS), "id6": numbers(many),
               "v1": numbers(5), "v2": numbers(15), "v3": pyarrow.array(numpy.round(random.uniform(0, 100, ROWS), 6))}
    pyarrow.parquet.write_table(pyarrow.table(columns), path, row_group_size=1 << 20, compression="snappy")
    return {"rows": ROWS}


def cases():
    """name: (exact query, fast query, whether their answers are compared)."""
    lineitem = ROOT / "data/tpch-sf1/lineitem.parquet"
    found = {"TPC-H Q1 in float64": tuple(Q1.format(sum=name, lineitem=lineitem) for name in ("sum", "sum_fast")) + (True,)}
    groups, _ = generated("groups-of-six-1e7.parquet", make_groups)
    for name, (keys, exact, fast, same) in QUESTIONS.items():
        found[name] = tuple(f"SELECT {keys}, {values} FROM '{groups}' GROUP BY {keys}" for values in (exact, fast)) + (same,)
    return found


def columns_of(folder, query):
    """Of an answer, its rows in the order of all that is no float."""
    import pyarrow
    import pyarrow.ipc

    with pyarrow.ipc.open_file(f"{folder}/{query}.arrow") as file:
        table = file.read_all()
    table = table.rename_columns([str(place) for place in range(table.num_columns)])
    return table.sort_by([(field.name, "ascending") for field in table.schema if not pyarrow.types.is_floating(field.type)]).columns


def check_same(name, folder):
    import numpy
    import pyarrow

    for exact, fast in zip(columns_of(folder, 0), columns_of(folder, 1), strict=True):
        close = pyarrow.types.is_floating(exact.type) and numpy.allclose(exact.to_numpy(), fast.to_numpy(), rtol=1e-9, atol=0)
        if not close and not exact.equals(fast):
            raise SystemExit(f"{name}: {exact} beside {fast}")


def measure(name, exact, fast, same, repeats):
    """The fastest run of either, [{seconds, peak_bytes}]: a process runs both, which comes first changes."""
    best = [None, None]
    for turn in range(repeats):
        order = [0, 1] if turn % 2 == 0 else [1, 0]
        with tempfile.TemporaryDirectory() as folder:
            told = run_headrace([(exact, fast)[one] for one in order], 2, answers=folder if turn == 0 else None)
            if turn == 0 and same:
                check_same(name, folder)
        for one, measured in zip(order, told, strict=True):
            if measured["seconds"] is None:
                raise SystemExit(f"{name}: {measured['error']}")
            if best[one] is None or measured["seconds"] < best[one]["seconds"]:
                best[one] = measured
    return best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()
    report = Report()
    ratios = []
    print(f"{'question':30}{'exact s':>9}{'sum_fast s':>12}{'ratio':>8}")
    for name, (exact, fast, same) in cases().items():
        ours, loose = measure(name, exact, fast, same, arguments.repeats)
        report.add(name, "sum_fast", loose)
        report.add(name, "exact", ours, ratio_to="sum_fast", at_most=EACH_AT_MOST)
        ratios.append(ours["seconds"] / loose["seconds"])
        print(f"{name:30}{ours['seconds']:9.3f}{loose['seconds']:12.3f}{ratios[-1]:8.2f}", flush=True)
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    print(f"geometric mean {mean:.3f} (target at most {MEAN_AT_MOST}: {'yes' if mean <= MEAN_AT_MOST else 'NO'}); "
          f"worst {max(ratios):.2f} (target at most {EACH_AT_MOST}: {'yes' if max(ratios) <= EACH_AT_MOST else 'NO'})")
    if arguments.json:
        report.write(arguments.json)


if __name__ == "__main__":
    main()
