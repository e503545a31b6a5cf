"""The TPC-H queries of test/data/tpch over the Parquet files of a folder, and DuckDB's answers to them.

An average of decimals and a quotient of two decimal sums are floats: they are taken from DuckDB's exact sums and counts, and
rounded as our rules say, an average once, a quotient from both sides rounded to a float.
"""

import fractions
import re

import oracle
import program

TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")
FOLDER = program.ROOT / "test/data/tpch"
SF1 = program.ROOT / "data/tpch-sf1"


def views(folder):
    return "".join(f"CREATE VIEW {table} AS SELECT * FROM '{folder}/{table}.parquet';\n" for table in TABLES)


def script(name, folder):
    return views(folder) + (FOLDER / f"{name}.sql").read_text()


def exact_answer(script):
    """DuckDB's columns and rows, floats as our rules have them. A quotient stands on a line of its own: `a / b AS name`."""
    settle = {}

    def average(match):
        settle[match["name"]] = lambda pair: float(fractions.Fraction(pair["a"]) / pair["b"])
        return f"{{'a': sum({match['argument']}), 'b': count({match['argument']})}} AS {match['name']}"

    def quotient(match):
        settle[match["name"]] = lambda pair: float(pair["a"]) / float(pair["b"])
        return f"{{'a': {match['a']}, 'b': {match['b']}}} AS {match['name']}"

    text = re.sub(r"\bavg\((?P<argument>\w+)\) AS (?P<name>\w+)", average, script)
    text = re.sub(r"(?m)^ +(?P<a>.*\)) / (?P<b>sum\(.*\)) AS (?P<name>\w+)$", quotient, text)
    names, rows = oracle.run_script(text)
    return names, [tuple(settle[name](value) if name in settle else value for name, value in zip(names, row)) for row in rows]
