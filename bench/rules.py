"""What each rule that makes one operator of several is worth: a query for each, with the rule and without.

    ./dev bench rules [--rules 'top_n;drop_sorts'] [--repeats 5] [--json FILE]

Over TPC-H at scale factor 1 as Parquet. All runs of a query are in one process with two threads, with and without the rule by turns,
behind one of each that is not counted; the fastest counts. Both must give the same rows. Everything else is as it is by default.
`ratio` is the time with the rule divided by that without; the target is that no rule costs more than it saves on its own query (at most 1).
"""

import argparse
import pathlib
import shutil
import tempfile

from _headrace import ROOT, program
from _report import Report

DATA = ROOT / "data/tpch-sf1"
THREADS = 2
REPEATS = 5
OUT = "{out}"

# Of one operator made of several, by rule: what becomes of what, and the query.
CASES = {
    "push_filters": ("filters above a join go to the scans", """
        SELECT count(*) AS n, sum(l_quantity) AS quantity FROM (SELECT * FROM {orders} JOIN {lineitem} ON l_orderkey = o_orderkey) t
        WHERE o_orderdate < DATE '1992-03-01' AND l_shipmode = 'AIR'"""),
    "prune_scans": ("scan and filter: a scan that skips", """
        SELECT count(*) AS n, sum(l_extendedprice) AS price FROM {lineitem} WHERE l_orderkey BETWEEN 100000 AND 120000"""),
    "prune_by_join_keys": ("join and scan: a scan that skips what the build side lacks", """
        SELECT sum(l_extendedprice) AS price FROM {lineitem} JOIN {orders} ON l_orderkey = o_orderkey WHERE o_totalprice > 530000"""),
    "factor_disjunctions": ("what all branches of an OR ask for is a join key", """
        SELECT count(*) AS n FROM {supplier} a, {supplier} b WHERE (a.s_suppkey = b.s_suppkey AND a.s_nationkey < 10 AND b.s_acctbal > 0)
        OR (a.s_suppkey = b.s_suppkey AND a.s_nationkey > 15 AND b.s_acctbal < 0)"""),
    "simplify_joins": ("outer join and filter: an inner join", """
        SELECT count(*) AS n FROM {orders} LEFT JOIN {customer} ON c_custkey = o_custkey
        WHERE c_mktsegment = 'BUILDING' AND c_acctbal > 9000"""),
    "push_semi_joins": ("semi join and join: a join of fewer rows", """
        SELECT count(*) AS n, sum(l_quantity) AS quantity FROM {orders} JOIN {lineitem} ON o_orderkey = l_orderkey
        WHERE o_orderkey IN (SELECT o_orderkey FROM {orders} WHERE o_totalprice > 450000)"""),
    "top_n": ("sort and limit: top-n", """
        SELECT l_orderkey, l_linenumber, l_extendedprice FROM {lineitem} ORDER BY l_extendedprice DESC, l_orderkey LIMIT 10"""),
    "combine_limits": ("limit and top-n: a smaller top-n", """
        (SELECT l_orderkey, l_extendedprice FROM {lineitem} ORDER BY l_extendedprice DESC, l_orderkey LIMIT 2000000) LIMIT 10"""),
    "share_aggregations": ("equal aggregations: one", """
        WITH revenue AS (SELECT l_partkey AS part, l_suppkey AS supplier, sum(l_extendedprice) AS total FROM {lineitem} GROUP BY l_partkey, l_suppkey)
        SELECT part, supplier, total FROM revenue WHERE total = (SELECT max(total) FROM revenue)"""),
    "share_scans": ("scans of several outputs: one", """
        BEGIN; COPY (SELECT l_shipmode, count(*) AS n FROM {lineitem} WHERE l_comment LIKE '%special%' GROUP BY l_shipmode) TO '{out}/modes.csv' (FORMAT csv);
        COPY (SELECT l_suppkey, sum(l_quantity) AS quantity FROM {lineitem} WHERE l_comment LIKE '%special%' GROUP BY l_suppkey) TO '{out}/sums.csv' (FORMAT csv);
        COPY (SELECT l_orderkey FROM {lineitem} WHERE l_comment LIKE '%special%') TO '{out}/orders.csv' (FORMAT csv); COMMIT"""),
    "combine_aggregations": ("aggregations over one scan: one", """
        SELECT (SELECT count(*) FROM {lineitem} WHERE l_quantity BETWEEN 1 AND 20) AS few,
        (SELECT avg(l_extendedprice) FROM {lineitem} WHERE l_quantity BETWEEN 21 AND 40) AS price,
        (SELECT sum(l_tax) FROM {lineitem} WHERE l_quantity > 40) AS tax, (SELECT max(l_discount) FROM {lineitem}) AS discount"""),
    "aggregate_below_join": ("join and groups: groups and join", """
        SELECT c_count, count(*) AS n FROM (SELECT c_custkey, count(o_orderkey) AS c_count FROM {customer} LEFT JOIN {orders}
        ON c_custkey = o_custkey GROUP BY c_custkey) t GROUP BY c_count"""),
    "drop_sorts": ("sort and aggregation: an aggregation", """
        SELECT l_suppkey, sum(l_quantity) AS quantity FROM (SELECT l_suppkey, l_quantity FROM {lineitem} ORDER BY l_shipdate) t GROUP BY l_suppkey"""),
    "simplify_cases": ("CASE and comparison: its conditions", """
        SELECT count(*) AS n, sum(price) AS price FROM (SELECT l_extendedprice AS price, CASE WHEN l_shipdate < DATE '1992-03-01' THEN 'first'
        WHEN l_quantity < 10 THEN 'small' WHEN l_quantity < 30 THEN 'middle' ELSE 'large' END AS label FROM {lineitem}) t WHERE label = 'first'"""),
    "merge_distinct": ("DISTINCT and DISTINCT: one", """
        SELECT DISTINCT l_suppkey FROM (SELECT DISTINCT l_suppkey, l_partkey, l_shipdate FROM {lineitem}) t"""),
    "drop_distinct": ("DISTINCT and groups: groups", """
        SELECT count(*) AS n FROM (SELECT DISTINCT l_orderkey, l_shipmode, lines, quantity FROM (SELECT l_orderkey, l_shipmode, count(*) AS lines,
        sum(l_quantity) AS quantity FROM {lineitem} GROUP BY l_orderkey, l_shipmode) t) u"""),
    "drop_joins": ("left join and projection: its left side", """
        SELECT count(*) AS n, sum(o_totalprice) AS price FROM (SELECT o_totalprice, lines FROM {orders} LEFT JOIN
        (SELECT l_orderkey, count(*) AS lines FROM {lineitem} GROUP BY l_orderkey) t ON l_orderkey = o_orderkey) u"""),
    "distinct_joins": ("join and DISTINCT: a semi join", """
        SELECT DISTINCT l_orderkey FROM {lineitem} JOIN {partsupp} ON ps_partkey = l_partkey AND ps_availqty > 1000"""),
    "limit_inputs": ("top-n and left join: a join of few rows", """
        SELECT l_orderkey, l_linenumber, s_name, ps_supplycost FROM {lineitem} LEFT JOIN {supplier} ON s_suppkey = l_suppkey LEFT JOIN {partsupp}
        ON ps_partkey = l_partkey AND ps_suppkey = l_suppkey ORDER BY l_extendedprice DESC, l_orderkey LIMIT 10"""),
    "count_rows": ("scan and count(*): a literal", "SELECT count(*) AS n FROM {lineitem}"),
}
TABLES = ("lineitem", "orders", "customer", "partsupp", "supplier")


def query_text(rule, out):
    tables = {name: f"'{DATA}/{name}.parquet'" for name in TABLES}
    return CASES[rule][1].format(out=out, **tables)


def rows_of(folder, query):
    """What a run answered, and the files that it wrote, in an order of their own."""
    import pyarrow
    with pyarrow.memory_map(str(folder / f"{query}.arrow")) as file:
        table = pyarrow.ipc.open_file(file).read_all()
    return table.schema.names, sorted(map(repr, table.to_pylist()))


def measure(rule, repeats):
    """({seconds} with the rule, the same without), of one process."""
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        text = query_text(rule, folder)
        paths = []
        for number in range(2 * (repeats + 1)):
            paths.append(folder / f"{number}.sql")
            paths[-1].write_text(f"SET fusion.rule.{rule} = '{'on' if number % 2 == 0 else 'off'}'; {text}")
        setup = folder / "setup.sql"
        setup.write_text("SELECT 1")
        told = program("query_headrace", THREADS, 1, folder, setup, *paths)
        for one in told["queries"]:
            if "error" in one:
                raise SystemExit(f"{rule}: {one['error']}")
        expected = rows_of(folder, 0)
        for number in range(1, len(paths)):
            if rows_of(folder, number) != expected:
                raise SystemExit(f"{rule}: other rows {'with' if number % 2 == 0 else 'without'} the rule in run {number}")
        seconds = [one["seconds"][0] for one in told["queries"]][2:]
        return {"seconds": min(seconds[::2])}, {"seconds": min(seconds[1::2])}
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--rules", default=";".join(CASES), help="names with ; between them")
    arguments = parser.parse_args()
    report = Report()
    print(f"{'rule':22}{'ms with':>10}{'ms without':>12}{'ratio':>8}  what becomes of what")
    for rule in arguments.rules.split(";"):
        on, off = measure(rule, arguments.repeats)
        report.add(rule, "without", off)
        report.add(rule, "with", on, ratio_to="without", at_most=1.0)
        ratio = on["seconds"] / off["seconds"]
        print(f"{rule:22}{on['seconds'] * 1e3:10.1f}{off['seconds'] * 1e3:12.1f}{ratio:8.2f}  {CASES[rule][0]}", flush=True)
    if arguments.json:
        report.write(arguments.json)


if __name__ == "__main__":
    main()
