"""Answers by DuckDB for whole scripts, with averages that are correctly rounded."""

import fractions
import math
import re

import duckdb


def open_duckdb():
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def run_script(script, connection=None):
    """Runs every statement; the columns and rows of the last."""
    connection = connection or open_duckdb()
    for statement in connection.extract_statements(script):
        answer = connection.execute(statement)
    return [column[0] for column in answer.description], answer.fetchall()


def average(values):
    """The exact sum divided by the count, rounded once; None over no value. DuckDB adds floats up in some order."""
    values = [value for value in values if value is not None]
    if not values:
        return None
    return float(sum(map(fractions.Fraction, values)) / len(values))


def round_half_away(value, digits):
    """The nearest multiple of 10^-digits to a float, halves away from zero."""
    if value is None:
        return None
    scaled = abs(fractions.Fraction(value)) * 10**digits
    return math.copysign(float(fractions.Fraction(math.floor(scaled + fractions.Fraction(1, 2)), 10**digits)), value)


def exact_script(script):
    """The script with avg(…) replaced by list(…), and the digits of round(avg(…), digits): {column: function of the list}.

    Understands `avg(x) AS name`, `round(avg(x), d) AS name` and `round(k * avg(x), d) AS name`.
    """
    columns = {}

    def replace(match):
        factor, digits, name = match["factor"], match["digits"], match["name"]

        def settle(values):
            mean = average(values)
            if mean is not None and factor:
                mean *= float(factor)
            return mean if digits is None else round_half_away(mean, int(digits))

        columns[name] = settle
        return f"list({match['argument']}) AS {name}"

    pattern = (r"(?:round\()?(?:(?P<factor>\d+) \* )?avg\((?P<argument>\w+)\)(?:, (?P<digits>\d+)\))? AS (?P<name>\w+)")
    return re.sub(pattern, replace, script), columns


def exact_answer(script, connection=None):
    """DuckDB's columns and rows for the script, averages settled exactly. The order of rows is the script's as long as it
    does not sort by an average."""
    text, settle = exact_script(script)
    names, rows = run_script(text, connection)
    return names, [tuple(settle[name](value) if name in settle else value for name, value in zip(names, row)) for row in rows]
