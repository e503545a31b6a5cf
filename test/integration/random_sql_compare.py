"""Runs many queries in few processes of headrace, and in DuckDB and SQLite; says what differs, and makes it smaller.

headrace takes a batch as a sqllogictest file whose every answer is wrong: its report holds what was found instead.
"""

import dataclasses
import datetime
import decimal
import functools
import json
import math
import os
import pathlib
import re
import sqlite3
import struct
import subprocess
import tempfile
import typing

import duckdb

BINARY = pathlib.Path(os.environ.get("HEADRACE_BUILD", "build/release")) / "headrace"
WRONG = "no answer is this"
SETUP_SECONDS, QUERY_SECONDS = 60, 1.0


@dataclasses.dataclass
class Outcome:
    """Rows of texts, None for NULL; or an error; or how the process ended, `crash`."""

    rows: list = None
    error: str = None
    crash: str = None
    note: str = None  # that came with the rows
    floats: tuple = ()  # columns that are compared as numbers
    scales: dict = dataclasses.field(default_factory=dict)  # {column: scale} of decimals with 38 digits
    unoptimized: typing.Callable = None  # the Outcome without an optimizer


# --- headrace

def ask_headrace(statements, queries, settings=()):
    """An Outcome for each query, under settings "NAME=VALUE"."""
    return ask_sessions([(statements, queries)], settings)[0]


def ask_sessions(sessions, settings=(), environment=None):
    """A list of Outcomes for each (statements, queries), all in one process. One that does not end well is halved until the guilty query is alone."""
    if not any(queries for _, queries in sessions):
        return [[] for _ in sessions]
    with tempfile.TemporaryDirectory() as folder:
        paths = [write_session(f"{folder}/{number}.test", *session) for number, session in enumerate(sessions)]
        words = [word for setting in settings for word in ("--set", setting)]
        seconds_max = SETUP_SECONDS + QUERY_SECONDS * sum(len(queries) for _, queries in sessions)
        try:
            done = subprocess.run([BINARY, "slt", "--json", "--threads", "2", *words, *paths], capture_output=True, text=True, timeout=seconds_max,
                                  env={**os.environ, **(environment or {})}, check=False)
            ended = None if done.returncode in (0, 1) and done.stdout else f"ended with {done.returncode}: {done.stderr[-400:]}"
        except subprocess.TimeoutExpired:
            ended = "does not end"
    if ended is None:
        report = json.loads(done.stdout)
        return [outcomes_of(report, path, queries) for path, (_, queries) in zip(paths, sessions)]
    if len(sessions) > 1:
        middle = len(sessions) // 2
        return [one for half in (sessions[:middle], sessions[middle:]) for one in ask_sessions(half, settings, environment)]
    statements, queries = sessions[0]
    if len(queries) == 1:
        return [[Outcome(crash=ended)]]
    middle = len(queries) // 2
    return [[one for half in (queries[:middle], queries[middle:]) for one in ask_sessions([(statements, half)], settings, environment)[0]]]


def write_session(path, statements, queries):
    records = "".join(f"statement ok\n{statement}\n\n" for statement in statements)
    records += "".join(f"query T nosort\n{query}\n----\n{WRONG}\n\n" for query in queries)
    pathlib.Path(path).write_text(records, encoding="utf-8")
    return path


def outcomes_of(report, path, queries):
    by_sql = {failure["sql"]: failure for failure in report["failures"] if failure["file"] == path}
    notes = {note["sql"]: note["text"] for note in report["notes"] if note["file"] == path}
    outcomes = []
    for query in queries:
        failure = by_sql.get(query)
        if failure is None:
            outcomes.append(Outcome(error="no failure is reported for a wrong answer"))
        elif failure["reason"] in ("the query fails", "its rows cannot be shown"):
            outcomes.append(Outcome(error=failure["found"], note=notes.get(query)))
        else:
            outcomes.append(Outcome(rows=rows_of(failure["found"]), note=notes.get(query)))
    return outcomes


def rows_of(text):
    if text == "":
        return []
    return [[None if value == "NULL" else "" if value == "(empty)" else value for value in line.split("\t")]
            for line in text.split("\n")]


# --- the others

def open_duckdb(statements):
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    for statement in statements:
        connection.execute(statement)
    return connection


def ask_duckdb_unoptimized(connection, query):
    connection.execute("PRAGMA disable_optimizer")
    outcome = ask_duckdb(connection, query)
    connection.execute("PRAGMA enable_optimizer")
    return outcome


def ask_duckdb(connection, query):
    unoptimized = functools.partial(ask_duckdb_unoptimized, connection, query)
    try:
        result = connection.execute(query)
        kinds = [str(column[1]) for column in result.description]
        rows = result.fetchall()
    except Exception as error:  # noqa: BLE001: whatever DuckDB refuses is an answer
        return Outcome(error=str(error), unoptimized=unoptimized)
    floats = tuple(position for position, kind in enumerate(kinds) if kind in ("DOUBLE", "FLOAT"))
    short = [position for position, kind in enumerate(kinds) if kind == "FLOAT"]
    scales = {position: int(kind[11:-1]) for position, kind in enumerate(kinds) if kind.startswith("DECIMAL(38,")}
    return Outcome(rows=[[shortest_float(value) if position in short else spelled(value) for position, value in enumerate(row)]
                         for row in rows], floats=floats, scales=scales, unoptimized=unoptimized)


def shortest_float(value):
    """The fewest digits that read back as the same float of 32 bits."""
    if value is None or not math.isfinite(value):
        return spelled(value)
    texts = (f"{value:.{digits}g}" for digits in range(1, 10))
    return next(text for text in texts if struct.pack("f", float(text)) == struct.pack("f", value))


def spelled(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join('NULL' if one is None else spelled(one) for one in value)}]"
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return str(value).rstrip("0") if value.microsecond else str(value)
    return repr(value) if isinstance(value, float) else str(value)


def open_sqlite(statements):
    connection = sqlite3.connect(":memory:")
    for statement in statements:
        connection.execute(re.sub(r"\[[^]]*\]", "NULL", re.sub(r"\b(?:DATE|TIMESTAMP) '", "'", statement)))  # lists are not drawn
    return connection


def ask_sqlite(connection, query):
    try:
        return Outcome(rows=[[None if value is None else str(value) for value in row] for row in connection.execute(query)])
    except sqlite3.Error as error:
        return Outcome(error=str(error))


# --- comparing

def near(left, right):
    if left is None or right is None or left == right:
        return left == right
    a, b = float(left), float(right)
    return a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def sort_key(row, floats=()):
    return [(value is not None, "" if value is None else f"{round(float(value), 6) + 0.0:+030.6f}" if position in floats else value)
            for position, value in enumerate(row)]


def same_rows(ours, theirs, floats, ordered):
    if len(ours) != len(theirs) or (ours and len(ours[0]) != len(theirs[0])):
        return False
    if not ordered:
        key = lambda row: sort_key(row, floats)  # noqa: E731
        ours, theirs = sorted(ours, key=key), sorted(theirs, key=key)
    return all(near(a, b) if position in floats else a == b
               for left, right in zip(ours, theirs) for position, (a, b) in enumerate(zip(left, right)))


def on_their_scale(ours, theirs):
    def rounded(value, position):
        if value is None or position not in theirs.scales:
            return value
        unit = decimal.Decimal(1).scaleb(-theirs.scales[position])
        number = decimal.Decimal(value).quantize(unit, decimal.ROUND_HALF_UP, decimal.Context(prec=60))
        return format(number if number else abs(number), "f")

    return dataclasses.replace(ours, rows=[[rounded(value, position) for position, value in enumerate(row)] for row in ours.rows])


TOLERATED = {  # why: (ours, theirs) as they would be without it
    "decimals that meet keep their scale here; at 38 digits theirs are cut behind the point": lambda ours, theirs: (on_their_scale(ours, theirs), theirs) if theirs.rows is not None else (ours, theirs),
    "abs and - of an untyped NULL are int32 here, int64 there": lambda ours, theirs: (theirs, theirs) if "'chr(BIGINT)'" in (theirs.error or "") else (ours, theirs),
    "DuckDB's answer is ours as soon as its optimizer is off": lambda ours, theirs: (ours, theirs.unoptimized()),
}


def reason_to_tolerate(query, ours, theirs):
    """None, or why a difference from DuckDB's outcome is meant."""
    if ours.rows is None or found_difference(query, ours, theirs) is None:
        return None
    return next((reason for reason, change in TOLERATED.items() if found_difference(query, *change(ours, theirs)) is None), None)


def difference(query, ours, theirs):
    """None, or what is wrong with our outcome, given DuckDB's."""
    what = found_difference(query, ours, theirs)
    return None if what is None or reason_to_tolerate(query, ours, theirs) else what


def found_difference(query, ours, theirs):
    """Tolerated ones too. What both refuse is the same."""
    if ours.crash:
        return ours.crash
    if theirs.error is not None:
        return None if ours.error is not None else f"answers where DuckDB fails: {theirs.error.splitlines()[0]}"
    if ours.error is not None:
        return "fails: " + ours.error.splitlines()[0]
    positions = [position - 1 for position, _ in query.order]
    width = len(theirs.rows[0]) if theirs.rows else 0
    if not same_rows(ours.rows, theirs.rows, theirs.floats, ordered=width > 0 and set(positions) == set(range(width))):
        return "other rows"
    keys = [[[row[position] for position in positions] for row in side.rows] for side in (ours, theirs)]
    floats = [number for number, position in enumerate(positions) if position in theirs.floats]
    if positions and max(positions) < width and not same_rows(*keys, floats, ordered=True):
        return "another order"
    return None


def difference_from_sqlite(_, ours, theirs):
    """Of rows as a multiset; truth values are numbers there."""
    if ours.rows is None or theirs.rows is None:
        return None
    number = {"true": "1", "false": "0"}
    rows = [[number.get(value, value) for value in row] for row in ours.rows]
    return None if same_rows(rows, theirs.rows, (), ordered=False) else "other rows than SQLite"


@dataclasses.dataclass(frozen=True)
class Rival:
    name: str
    open: typing.Callable
    ask: typing.Callable
    difference: typing.Callable
    tolerated: typing.Callable


DUCKDB = Rival("DuckDB", open_duckdb, ask_duckdb, difference, reason_to_tolerate)
SQLITE = Rival("SQLite", open_sqlite, ask_sqlite, difference_from_sqlite, lambda *_: None)


def statements_of(tables):
    return [statement for table in tables for statement in table.statements()]


# --- making it smaller

def kind_of(what):
    """Differences of one kind may replace each other while a query is made smaller."""
    return re.sub(r"'[^']*'|\d+|`.*`", "", what)[:60]


def smallest(tables, query, what, rival):
    """(tables, query, what, rival): the smallest found that still differs in the same way from the rival."""
    statements = statements_of(tables)
    connection = rival.open(statements)
    seen = {str(query)}
    while True:
        candidates = {}
        for one in query.smaller():
            if len(str(one)) < len(str(query)) and str(one) not in seen:
                candidates.setdefault(str(one), one)
        ordered = sorted(candidates.values(), key=lambda one: len(str(one)))
        found = first_alike(statements, connection, ordered, what, seen, rival)
        if found is None:
            return (*fewer_rows(tables, query, what, rival), what, rival)
        query = found


def first_alike(statements, connection, candidates, what, seen, rival):
    for begin in range(0, len(candidates), 40):
        batch = candidates[begin:begin + 40]
        seen.update(map(str, batch))
        outcomes = ask_headrace(statements, list(map(str, batch)))
        for one, ours in zip(batch, outcomes):
            found = rival.difference(one, ours, rival.ask(connection, str(one)))
            if found is not None and kind_of(found) == kind_of(what):
                return one
    return None


def fewer_rows(tables, query, what, rival):
    """Without the tables that are not named, and with as few rows as show it."""
    tables = tuple(table for table in tables if re.search(rf"\b{table.name}\b", str(query)))
    share = 2
    for _ in range(24):
        for position, table in enumerate(tables):
            size = max(1, len(table.rows) // share)
            for begin in range(0, len(table.rows), size):
                fewer = dataclasses.replace(table, rows=table.rows[:begin] + table.rows[begin + size:])
                changed = (*tables[:position], fewer, *tables[position + 1:])
                if still_differs(changed, query, what, rival):
                    tables = changed
                    break
            else:
                continue
            break
        else:
            if share > 64:
                break
            share *= 2
    return tables, query


def still_differs(tables, query, what, rival):
    statements = statements_of(tables)
    found = rival.difference(query, ask_headrace(statements, [str(query)])[0], rival.ask(rival.open(statements), str(query)))
    return found is not None and kind_of(found) == kind_of(what)


def shown(tables, query, what, rival):
    statements = statements_of(tables)
    ours, theirs = ask_headrace(statements, [str(query)])[0], rival.ask(rival.open(statements), str(query))
    text = f"{what}\n" + "".join(f"  {statement};\n" for statement in statements) + f"  {query};\n"
    for name, outcome in (("headrace", ours), (rival.name, theirs)):
        answer = outcome.crash or outcome.error or outcome.rows
        text += f"  {name}: {str(answer)[:600]}\n"
    return text
