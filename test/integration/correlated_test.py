"""Subqueries that name columns of the query around them mean what DuckDB says: as values, in EXISTS, IN, ANY and ALL, in the select list and in WHERE,
over nulls, rows without a match, and several conditions. What no join answers is refused, and says what may be written.

HEADRACE_SEED varies the random queries.
"""

import os
import random

import answers
import oracle
import program
import pytest

SEED = int(os.environ.get("HEADRACE_SEED", "19"))
QUERIES = 240
INNER_TABLES = ("d", "d AS e", "(SELECT k, g, v FROM d WHERE g > 0) AS e", "d AS e JOIN (VALUES (1), (2)) AS w(one) ON e.g = w.one")
EQUAL = ("{d}.k = o.k", "{d}.g = o.g", "o.k = {d}.v", "{d}.k + 1 = o.k", "{d}.v = o.k + o.g")
OTHER = ("{d}.v > o.g", "{d}.k <> o.k", "o.g > 1", "{d}.v IS NOT DISTINCT FROM o.k", "{d}.k + o.k > 4", "({d}.k = o.k OR {d}.v = o.g)")
OWN = ("{d}.v > 1", "{d}.g IS NOT NULL", "{d}.k < {d}.v")
VALUES = ("sum({d}.v)", "count(*)", "count({d}.v)", "max({d}.v) - min({d}.v)", "coalesce(sum({d}.v), -1)", "2 * avg({d}.v)",
          "count(DISTINCT {d}.v) + 1", "CASE WHEN max({d}.k) > 2 THEN 'many' ELSE 'few' END")
COMPARED = ("o.g IN ({})", "o.k NOT IN ({})", "o.g = ANY ({})", "o.k > ANY ({})", "o.g <= ALL ({})", "o.k <> ALL ({})")


def tables(chance):
    def value():
        return chance.choice(["NULL", *map(str, range(5))])

    def rows(count, columns):
        return ", ".join(f"({', '.join(value() for _ in range(columns))})" for _ in range(count))

    numbered = ", ".join(f"({row}, {value()}, {value()})" for row in range(14))
    return (f"CREATE TABLE o (id INTEGER, k INTEGER, g INTEGER); INSERT INTO o VALUES {numbered}; "
            f"CREATE TABLE d (k INTEGER, g INTEGER, v INTEGER); INSERT INTO d VALUES {rows(12, 3)}; ")


def subquery(chance, selected, conditions):
    """A subquery with some of the conditions, and some of its own."""
    table = chance.choice(INNER_TABLES)
    wanted = chance.sample(conditions, chance.randint(1, 2)) + chance.sample(OWN, chance.randint(0, 1))
    chance.shuffle(wanted)
    name = "d" if table == "d" else "e"
    return f"SELECT {selected} FROM {table} WHERE {' AND '.join(wanted)}".replace("{d}", name)


def condition(chance):
    if chance.random() < 0.5:
        return f"{chance.choice(['', 'NOT '])}EXISTS ({subquery(chance, chance.choice(['*', '1', '{d}.v']), EQUAL + OTHER)})"
    return chance.choice(COMPARED).format(subquery(chance, "{d}.v", EQUAL + OTHER))


def value(chance):
    return f"({subquery(chance, chance.choice(VALUES), EQUAL)})"


def query(chance):
    shape = chance.randrange(4)
    if shape == 0:
        return f"SELECT id, {condition(chance)} AS c FROM o"
    if shape == 1:
        return f"SELECT id, {value(chance)} AS x, {value(chance)} AS y FROM o"
    if shape == 2:
        return f"SELECT id FROM o WHERE {condition(chance)} AND {condition(chance)}"
    return f"SELECT count(*) AS n, sum(id) AS s FROM o WHERE g >= (SELECT {chance.choice(['avg', 'max', 'count'])}(d.v) FROM d WHERE d.k = o.k) OR {condition(chance)}"


@pytest.mark.parametrize("part", range(6))
def test_random_ones_mean_what_duckdb_says(part):
    chance = random.Random(f"{SEED} {part}")
    for _ in range(QUERIES // 6):
        script = tables(chance) + query(chance)
        expected = oracle.run_script(script)[1]
        found = answers.rows_of(script)[1]
        assert sorted(map(repr, map(answers.bits, found))) == sorted(map(repr, map(answers.bits, expected))), f"seed {SEED}, part {part}: {script}"


SETUP = "CREATE TABLE o (id INTEGER, k INTEGER); CREATE TABLE d (k INTEGER, v INTEGER); "


@pytest.mark.parametrize("asked", [
    "SELECT (SELECT v FROM d WHERE d.k = o.k) FROM o",  # as many rows as there are
    "SELECT (SELECT sum(v) FROM d WHERE d.k > o.k) FROM o",  # no groups by what is compared
    "SELECT (SELECT sum(v + o.k) FROM d) FROM o",  # not in WHERE
    "SELECT id FROM o WHERE EXISTS (SELECT k FROM d WHERE d.k = o.k GROUP BY k HAVING count(*) > 1)",
    "SELECT id FROM o WHERE id IN (SELECT max(v) FROM d WHERE d.k = o.k)",
    "SELECT id FROM o WHERE EXISTS (SELECT * FROM d WHERE d.k = (SELECT max(v) FROM d AS e WHERE e.k = o.k))",
])
def test_what_no_join_answers_is_refused(asked):
    failed = program.fail("sql", SETUP + asked)
    assert "in a way that no join answers" in failed.stderr and "may compare with the query around it in its WHERE" in failed.stderr
