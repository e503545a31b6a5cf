"""Goal: random queries over random tables have DuckDB's answer, and SQLite's where the dialects meet.

Method: random_sql.py draws a few tables and some dozen queries over them for each seed; random_sql_compare.py runs them. What
differs is made smaller and printed with the seed. 1,000 queries in every run, 50,000 in ./dev check --long. By hand:

    test/integration/random_sql_test.py [--seed N] [--queries N] [--whole]    (--whole: do not make smaller)
"""

import argparse
import collections
import os
import re
import sys

import pytest
from random_sql import Generator
from random_sql_compare import (ask_duckdb, ask_headrace, ask_sqlite, difference, differs_from_sqlite, kind_of, open_duckdb,
                                open_sqlite, shown, smallest)

QUERIES_A_SEED = 50
# What the engine does not know yet and says so: not compared.
UNSUPPORTED = re.compile("is not supported|there is no function|expected .* found|cannot be mixed with others|is neither in GROUP BY")
SEED = int(os.environ.get("HEADRACE_SEED", "1"))
# Queries that meet a difference that is known and to be removed.
KNOWN = re.compile(r"\bconcat\(|\bx\d % |\bx\d // ")


def compare(seed, count=QUERIES_A_SEED):
    """[(tables, query, what differs)] of one seed."""
    generator = Generator(seed)
    statements = [statement for table in generator.tables for statement in table.statements()]
    queries = list({str(query): query for query in (generator.query() for _ in range(count)) if not KNOWN.search(str(query))}.values())
    duckdb, sqlite = open_duckdb(statements), open_sqlite(statements)
    found = []
    for query, ours in zip(queries, ask_headrace(statements, list(map(str, queries)))):
        what = difference(query, ours, ask_duckdb(duckdb, str(query)))
        if ours.error is not None and UNSUPPORTED.search(ours.error):
            continue
        if what is None and query.sqlite and differs_from_sqlite(ours, ask_sqlite(sqlite, str(query))):
            what = "other rows than SQLite"
        if what is not None:
            found.append((generator.tables, query, what))
    return found


def check(seeds):
    found = [(seed, *one) for seed in seeds for one in compare(seed)]
    texts = []
    for seed, tables, query, what in found[:3]:
        texts.append(f"seed {seed}: " + (shown(*smallest(tables, query, what)) if "SQLite" not in what else f"{what}: {query}"))
    assert not found, f"{len(found)} queries differ\n" + "\n".join(texts)


@pytest.mark.parametrize("part", range(4))
def test_random_queries(part):
    check(range(SEED + 5 * part, SEED + 5 * part + 5))


@pytest.mark.long
@pytest.mark.parametrize("part", range(100))
def test_many_random_queries(part):
    check(range(SEED + 1000 + 10 * part, SEED + 1000 + 10 * part + 10))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--whole", action="store_true")
    arguments = parser.parse_args()
    kinds, total = collections.Counter(), 0
    for seed in range(arguments.seed, arguments.seed + -(-arguments.queries // QUERIES_A_SEED)):
        for tables, query, what in compare(seed):
            total += 1
            kinds[kind_of(what)] += 1
            if kinds[kind_of(what)] > 2:
                continue
            text = f"{what}\n  {query}\n" if arguments.whole or "SQLite" in what else shown(*smallest(tables, query, what))
            print(f"-- seed {seed}: {text}", flush=True)
    for kind, count in kinds.most_common():
        print(f"{count:6}  {kind}")
    print(f"{total} of {arguments.queries} queries differ")
    return total > 0


if __name__ == "__main__":
    sys.exit(main())
