"""How far the model's cuts are from the best: stages of diverse shape, each run under every set of its cuts.

    ./dev bench regret [--json FILE] [--rows N] [--only 'name;name']

Each stage runs alone on one thread, compiled, over tables in memory or Parquet files of TPC-H, under all sets of its free cuts (at most ten: 1,024
sets), three times each; then the ten best and the model's choice in turn, fifteen times each. Times are those of the stage: source, steps and sink.
`ratio` is ours / best (1: the model chose as well as can be), `spread` worst / best (how much there was to lose), `off` the larger of
predicted / measured and measured / predicted, of our loops alone. No stage takes part in calibration (`headrace calibrate` measures kernels of its own).
Targets: ratio at most 1.10 in the median and 1.30 in the worst; spread at least 1.5 in half of the stages; off at most 2 in the median.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

from _headrace import BINARIES, ROOT

TPCH = ROOT / "data/tpch-sf1"

SETUP = """
CREATE TABLE t AS SELECT range AS i, (range * 7919) % 1000 AS k, (range * 104729) % 65536 AS g, CAST((range * 31) % 1009 AS INTEGER) AS n,
  CAST((range * 7919) % 10007 AS DOUBLE) / 7 AS x, CAST((range * 104729) % 9973 AS DOUBLE) / 11 AS y,
  CAST((range * 613) % 100000 AS DECIMAL(12,2)) AS d, CAST((range * 17) % 1000 AS DECIMAL(12,2)) / 1 AS e,
  'name ' || CAST((range * 7919) % 1000 AS VARCHAR) AS s, DATE '1992-01-01' + CAST((range * 104729) % 2500 AS INTEGER) AS day
FROM range({rows});
CREATE TABLE small AS SELECT range AS k, range * 3 AS v FROM range(1000);
CREATE TABLE half AS SELECT range * 2 AS k, range AS v FROM range(500);
CREATE TABLE few AS SELECT range * 50 AS k, range AS v FROM range(20);
COPY (SELECT l_extendedprice, l_discount, l_tax, l_shipdate, l_returnflag, l_quantity FROM '{tpch}/lineitem.parquet' LIMIT {rows}) TO '{folder}/lineitem.parquet';
COPY (SELECT o_totalprice, o_comment FROM '{tpch}/orders.parquet' LIMIT {rows}) TO '{folder}/orders.parquet';
CREATE TABLE large AS SELECT (range * 104729) % 1048573 AS k, range AS v FROM range(1000000);
"""

# name: query. `inner` subqueries keep each expression written once.
CASES = {
    # arithmetic
    "int64 chain": "SELECT sum(c) FROM (SELECT b * 3 - a AS c FROM (SELECT a + k AS b, a FROM (SELECT k * 2 + 1 AS a, k FROM t)))",
    "float64 chain": "SELECT max(c) FROM (SELECT b * x - a AS c FROM (SELECT a * 0.5 + y AS b, a, x FROM (SELECT x * y + 1.5 AS a, x, y FROM t)))",
    "float64 wide": "SELECT max(a + b), min(a * b) FROM (SELECT x * 2 + y AS a, y * 3 - x AS b FROM t)",
    "int32 chain": "SELECT max(b + n) FROM (SELECT n + CAST(7 AS INTEGER) AS b, n FROM t)",
    "decimal price": "SELECT sum(d * (1 - e / 100)) FROM t",
    "decimal price taxed": "SELECT sum(p), sum(p * (1 + e)) FROM (SELECT d * (1 - e) AS p, e FROM t)",
    "divisions": "SELECT max(b) FROM (SELECT a // 7 + a % 13 AS b FROM (SELECT i * 3 + k AS a FROM t))",
    "float divisions": "SELECT min(x / (y + 1) + y / (x + 1)) FROM t",
    "case chain": "SELECT sum(CASE WHEN a > 1000 THEN a - 500 ELSE a + k END) FROM (SELECT CASE WHEN k > 500 THEN k * 3 ELSE k + 7 END AS a, k FROM t)",
    "case of many arms": "SELECT sum(CASE WHEN k < 100 THEN 1 WHEN k < 300 THEN 2 ELSE 5 END) FROM t",
    "casts": "SELECT sum(CAST(x AS BIGINT) + CAST(n AS BIGINT)) FROM t",
    "roots": "SELECT max(sqrt(x * x + y * y)) FROM t",
    "logarithms": "SELECT max(ln(x + 1) * 2 + y) FROM t",
    "sines": "SELECT max(sin(x) + cos(y)) FROM t",
    "roundings": "SELECT max(floor(x) + ceil(y) + round(x)) FROM t",
    # filters
    "keeps 0.1 %": "SELECT sum(a * 3 - g) FROM (SELECT i * 2 + k AS a, g, k FROM t WHERE k = 77)",
    "keeps 1 %": "SELECT max(x * y + x - y) FROM t WHERE k < 10",
    "keeps 10 %": "SELECT max(x * y + x - y) FROM t WHERE k < 100",
    "keeps half": "SELECT max(x * y + x - y) FROM t WHERE k < 500",
    "keeps 90 %": "SELECT max(x * y + x - y) FROM t WHERE k < 900",
    "keeps 99 %": "SELECT max((x * y + x - y) * 2) FROM t WHERE k >= 10",
    "keeps few, dear behind": "SELECT max(ln(x + 1) + sin(y)) FROM t WHERE k < 20",
    "keeps most, dear behind": "SELECT max(ln(x + 1) + sin(y)) FROM t WHERE k < 950",
    "two filters, few and few": "SELECT max(x * y + x) FROM t WHERE k < 50 AND g < 3000",
    "two filters, most and few": "SELECT max(x * y + x) FROM (SELECT * FROM t WHERE k < 950) WHERE x * 3 < y",
    "filter on what is computed": "SELECT sum(a - g) FROM (SELECT i * 7 + k AS a, g FROM t) WHERE a % 10 = 3",
    "filter on a dear value": "SELECT max(b * y) FROM (SELECT ln(x + 1) AS b, y FROM t) WHERE b > 6.9",
    "range of dates": "SELECT sum(d * e) FROM t WHERE day >= DATE '1994-01-01' AND day < DATE '1995-01-01'",
    "any of two": "SELECT sum(k * 2 + g) FROM t WHERE k < 20 OR g < 500",
    "division behind a filter": "SELECT sum(i // k + i % k) FROM t WHERE k > 990",
    # texts and dates
    "lengths": "SELECT sum(length(s) * 2 + k) FROM t",
    "texts by pattern": "SELECT sum(k * 3 + g) FROM t WHERE s LIKE '%77%'",
    "texts by prefix": "SELECT max(x * y - x) FROM t WHERE starts_with(s, 'name 9')",
    "upper case": "SELECT max(length(upper(s) || 'x')) FROM t WHERE k < 300",
    "substrings": "SELECT max(length(substring(s, 6, 3))) FROM t WHERE k > 100",
    "years": "SELECT sum(year(day) * 12 + month(day)) FROM t",
    "days behind a filter": "SELECT sum(year(day) * 12 + month(day)) FROM t WHERE k < 30",
    # joins
    "join, all match": "SELECT sum(v * 2 + a) FROM (SELECT k, i * 3 AS a FROM t) l JOIN small USING (k)",
    "join, half match": "SELECT sum(v * 2 + a) FROM (SELECT k, i * 3 + g AS a FROM t) l JOIN half USING (k)",
    "join, few match": "SELECT sum(v * 2 + a) FROM (SELECT k, i * 3 + g AS a FROM t) l JOIN few USING (k)",
    "join behind a filter": "SELECT sum(v * 2 + i) FROM (SELECT k, i FROM t WHERE g < 6000) l JOIN small USING (k)",
    "join, large": "SELECT sum(v + a) FROM (SELECT i AS k, i * 3 + g AS a FROM t) l JOIN large USING (k)",
    "join, then filter": "SELECT sum(b * 3) FROM (SELECT v + g AS b, g FROM t JOIN small USING (k)) WHERE b % 7 = 2",
    # groups
    "few groups": "SELECT k % 10 AS key, sum(a), max(a * 2) FROM (SELECT g * 3 + k AS a, k FROM t) GROUP BY key",
    "many groups": "SELECT g + k * 7 AS key, sum(x * y), count(*) FROM t GROUP BY key",
    "groups behind a filter": "SELECT k % 10 AS key, sum(x * y + x), max(x - y) FROM t WHERE g < 4000 GROUP BY key",
    "groups of texts": "SELECT s, sum(x * y + 1), count(*) FROM t WHERE k < 500 GROUP BY s",
    "sum and average": "SELECT sum(x * 2), avg(y * 3), count(*) FROM t WHERE k < 700",
    # Parquet
    "lineitem, a year": "SELECT sum(l_extendedprice * l_discount) FROM '{folder}/lineitem.parquet' WHERE l_shipdate >= DATE '1994-01-01' AND l_shipdate < DATE "
                        "'1995-01-01'",
    "lineitem, all rows": "SELECT sum(l_extendedprice * (1 - l_discount)), max(l_tax) FROM '{folder}/lineitem.parquet'",
    "lineitem, by flag": "SELECT l_returnflag, sum(l_quantity), sum(l_extendedprice * (1 - l_discount)) FROM '{folder}/lineitem.parquet' WHERE l_shipdate <= DATE "
                         "'1998-09-02' GROUP BY l_returnflag",
    "orders, comments": "SELECT sum(o_totalprice * 2) FROM '{folder}/orders.parquet' WHERE o_comment LIKE '%special%requests%'",
}


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json")
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--only", default="")
    parser.add_argument("--calibration", help="what `headrace calibrate` wrote; otherwise it is measured first")
    return parser.parse_args()


def run(cases, rows, calibration):
    """A row for each case, in its order, as it is known."""
    with tempfile.TemporaryDirectory() as folder:
        setup = pathlib.Path(folder, "setup.sql")
        setup.write_text(SETUP.format(rows=rows, tpch=TPCH, folder=folder))
        queries = []
        for number, text in enumerate(cases.values()):
            queries.append(pathlib.Path(folder, f"{number}.sql"))
            queries[-1].write_text(text.format(folder=folder))
        if calibration is None:
            calibration = pathlib.Path(folder, "calibration")
            subprocess.run([BINARIES / "headrace", "calibrate", "--output", calibration], check=True,
                           stdout=subprocess.DEVNULL)
        command = [BINARIES / "bench_regret_headrace", setup, *queries]
        environment = {**os.environ, "HEADRACE_CALIBRATION": str(calibration)}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            for name, line in zip(cases, process.stdout):
                yield {"stage": name, **json.loads(line)}
        if process.returncode != 0:
            raise SystemExit(f"bench_regret_headrace ended with {process.returncode}")


def main():
    options = arguments()
    wanted = [name for name in options.only.split(";") if name]
    cases = {name: text for name, text in CASES.items() if not wanted or name in wanted}
    print(f"{'stage':30} {'cuts':>4} {'ours ns':>8} {'best ns':>8} {'ratio':>6} {'spread':>6} {'off':>5}  ours / best")
    rows = []
    for row in run(cases, options.rows, options.calibration):
        row["ratio"] = row["ours_ns"] / row["best_ns"]
        row["spread"] = row["worst_ns"] / row["best_ns"]
        measured, predicted = max(row["measured_ns"], 1e-9), max(row["predicted_ns"], 1e-9)
        row["off"] = max(predicted / measured, measured / predicted)
        rows.append(row)
        print(f"{row['stage']:30} {row['cuts']:4} {row['ours_ns']:8.2f} {row['best_ns']:8.2f} {row['ratio']:6.2f} {row['spread']:6.2f} {row['off']:5.1f}  "
              f"{row['ours']}{'' if row['ours'] == row['best'] else ' / ' + row['best']}", flush=True)
    ratios = [row["ratio"] for row in rows]
    wide = sum(row["spread"] >= 1.5 for row in rows)
    off = statistics.median(row["off"] for row in rows)
    for told, value, reached in [("ratio in the median", statistics.median(ratios), statistics.median(ratios) <= 1.10),
                                 ("ratio in the worst", max(ratios), max(ratios) <= 1.30),
                                 ("stages with a spread of 1.5", wide / len(rows), 2 * wide >= len(rows)), ("off in the median", off, off <= 2)]:
        print(f"{told}: {value:.2f} ({'reached' if reached else 'missed'})")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=1))


main()
