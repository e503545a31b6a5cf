"""Goal: random queries over random tables have DuckDB's answer, and SQLite's where the dialects meet.

Method: random_sql.py draws a few tables and some dozen queries over them for each seed; random_sql_compare.py runs them. What
differs is made smaller and printed with the seed. 95 of 100 queries drawn must be answered by both sides, or the test fails.
1,000 queries in every run, 50,000 in ./dev check --long. By hand:

    test/integration/random_sql_test.py [--seed N] [--queries N] [--whole]    (--whole: do not make smaller)
"""

import argparse
import collections
import os
import re
import sys

import pytest
from random_sql import Generator
from random_sql_compare import DUCKDB, SQLITE, Outcome, Rival, ask_headrace, kind_of, shown, smallest, statements_of

QUERIES_A_SEED = 50
COMPARED_SHARE_LEAST = 0.95
# What the engine names as not there (docs/design/sql.md): counted, and no difference.
UNSUPPORTED = re.compile("(?:is|are) not supported")
SEED = int(os.environ.get("HEADRACE_SEED", "1"))


def first_line(error):
    return error.strip().splitlines()[0]


class Tally:
    """What became of the queries drawn."""

    def __init__(self):
        self.fates = collections.Counter()
        self.reasons = collections.Counter()  # of refusals: (who, the error's first line without names and numbers)
        self.differences = []  # (seed, (tables, query, what, rival))

    def add(self, seed, tables, query, ours, theirs):
        """`theirs` is DuckDB's outcome. Whether both answered."""
        self.fates["drawn"] += 1
        if ours.error is not None and theirs.error is not None:
            self.refused("refused by both", theirs.error)
        elif ours.error is not None and UNSUPPORTED.search(ours.error):
            self.refused("refused by headrace alone", ours.error)
        else:
            self.fates["compared"] += ours.error is None and theirs.error is None and ours.crash is None
            self.judge(seed, tables, query, ours, theirs, DUCKDB)

    def refused(self, who, error):
        self.fates[who] += 1
        self.reasons[who, kind_of(first_line(error))] += 1

    def judge(self, seed, tables, query, ours, theirs, rival):
        what, reason = rival.difference(query, ours, theirs), rival.tolerated(query, ours, theirs)
        if reason is not None:
            self.fates["tolerated"] += 1
            self.reasons["tolerated", reason] += 1
        if what is not None:
            self.fates["differ"] += 1
            self.differences.append((seed, (tables, query, what, rival)))

    def add_sqlite(self, seed, tables, query, ours, theirs):
        if theirs.error is not None:
            self.refused("refused by SQLite", theirs.error)
        elif ours.rows is not None:
            self.fates["compared with SQLite"] += 1
            self.judge(seed, tables, query, ours, theirs, SQLITE)

    def __str__(self):
        text = ", ".join(f"{count} {fate}" for fate, count in self.fates.items())
        return text + "".join(f"\n{count:6}  {who}: {reason}" for (who, reason), count in self.reasons.most_common(20))

    def enough(self):
        return self.fates["compared"] >= COMPARED_SHARE_LEAST * self.fates["drawn"]


def compare(seed, tally, count=QUERIES_A_SEED):
    generator = Generator(seed)
    statements = statements_of(generator.tables)
    queries = list({str(query): query for query in (generator.query() for _ in range(count))}.values())
    duckdb, sqlite = DUCKDB.open(statements), SQLITE.open(statements)
    for query, ours in zip(queries, ask_headrace(statements, list(map(str, queries)))):
        tally.add(seed, generator.tables, query, ours, DUCKDB.ask(duckdb, str(query)))
        if query.sqlite:
            tally.add_sqlite(seed, generator.tables, query, ours, SQLITE.ask(sqlite, str(query)))


def check(seeds, capsys):
    tally = Tally()
    for seed in seeds:
        compare(seed, tally)
    with capsys.disabled():
        print(f"\nseeds {seeds[0]} to {seeds[-1]}: {tally}")
    texts = [f"seed {seed}: {shown(*smallest(*one))}" for seed, one in tally.differences[:3]]
    assert not tally.differences, f"{len(tally.differences)} queries differ\n" + "\n".join(texts)
    assert tally.enough(), f"fewer than {COMPARED_SHARE_LEAST:.0%} of the queries are compared\n{tally}"


@pytest.mark.parametrize("part", range(4))
def test_random_queries(part, capsys):
    check(range(SEED + 5 * part, SEED + 5 * part + 5), capsys)


@pytest.mark.long
@pytest.mark.parametrize("part", range(100))
def test_many_random_queries(part, capsys):
    check(range(SEED + 1000 + 10 * part, SEED + 1000 + 10 * part + 10), capsys)


def test_a_difference_is_made_smaller():
    generator = Generator(3)
    query = next(query for query in (generator.query() for _ in range(200)) if "coalesce(" in str(query) and len(str(query)) > 400)
    rival = Rival("a rival who differs over coalesce", lambda _: None, lambda *_: Outcome(rows=[]),
                  lambda query, ours, _: "other rows" if ours.rows is not None and "coalesce(" in str(query) else None, lambda *_: None)
    tables, smaller, _, _ = smallest(generator.tables, query, "other rows", rival)
    assert "coalesce(" in str(smaller) and len(str(smaller)) < 100, smaller
    assert len(tables) <= 1 and not any(table.rows for table in tables)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--whole", action="store_true")
    arguments = parser.parse_args()
    kinds, tally = collections.Counter(), Tally()
    for seed in range(arguments.seed, arguments.seed + -(-arguments.queries // QUERIES_A_SEED)):
        known = len(tally.differences)
        compare(seed, tally)
        for _, (tables, query, what, rival) in tally.differences[known:]:
            kinds[kind_of(what)] += 1
            if kinds[kind_of(what)] <= 2:
                text = f"{what}\n  {query}\n" if arguments.whole else shown(*smallest(tables, query, what, rival))
                print(f"-- seed {seed}: {text}", flush=True)
    for kind, count in kinds.most_common():
        print(f"{count:6}  {kind}")
    print(tally)
    return bool(tally.differences) or not tally.enough()


if __name__ == "__main__":
    sys.exit(main())
