"""sniff_csv on generated dialects: what DuckDB finds, and what its prompt reads."""

import json
import random

import duckdb
import pytest

import program

ROWS = 60
TYPES = {"int64": "BIGINT", "float64": "DOUBLE", "date": "DATE", "timestamp": "TIMESTAMP", "bool": "BOOLEAN", "utf8": "VARCHAR"}


def value_of(rng, kind):
    if kind == "int64":
        return str(rng.randint(-10**9, 10**9))
    if kind == "float64":
        return f"{rng.gauss(0, 100):.3f}"
    if kind == "date":
        return f"{rng.randint(1990, 2030)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    if kind == "timestamp":
        return f"{value_of(rng, 'date')} {rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 59):02d}"
    if kind == "bool":
        return rng.choice(["true", "false"])
    return "".join(rng.choice("abcdefgh") for _ in range(rng.randint(3, 12)))


def written(text, kind, *, delimiter, quote, escape, rng):
    """Half of the texts are quoted, with the separator, a line feed or a quote in them."""
    if kind != "utf8" or rng.random() < 0.5:
        return text
    inside = text[:2] + rng.choice([delimiter, quote, "\n", ""]) + text[2:]
    return quote + inside.replace(quote, (escape or quote) + quote) + quote


def generate(path, seed):
    rng = random.Random(seed)
    dialect = {"delimiter": rng.choice(",;|\t"), "quote": '"', "escape": rng.choice(["", "", "\\"])}
    line_end = rng.choice(["\n", "\n", "\r\n"])
    kinds = [rng.choice(list(TYPES)) for _ in range(rng.randint(2, 5))] + ["utf8", "int64"]
    header = rng.random() < 0.8
    lines = [dialect["delimiter"].join(f"name_{i}" for i in range(len(kinds)))] if header else []
    for _ in range(ROWS):
        lines.append(dialect["delimiter"].join(written(value_of(rng, kind), kind, rng=rng, **dialect) for kind in kinds))
    path.write_bytes((line_end.join(lines) + line_end).encode())
    return dialect, line_end, kinds, header


def sniff(path, arguments=""):
    return json.loads(program.succeed("sql", "--format", "ndjson", f"FROM sniff_csv('{path}'{arguments})").text)


@pytest.mark.parametrize("seed", range(20))
def test_finds_what_was_written_and_what_duckdb_finds(seed, tmp_path):
    path = tmp_path / "t.csv"
    dialect, line_end, kinds, header = generate(path, seed)
    ours = sniff(path)
    assert ours["Delimiter"] == dialect["delimiter"]
    assert ours["Quote"] == '"' and ours["Escape"] == (dialect["escape"] or '"')
    assert ours["NewLineDelimiter"] == line_end.encode("unicode_escape").decode()
    assert (ours["HasHeader"], ours["SkipRows"], ours["Comment"]) == (header, 0, "(empty)")
    assert [column["type"] for column in ours["Columns"]] == kinds
    connection = duckdb.connect()
    theirs = dict(zip(("Delimiter", "Quote", "Escape", "SkipRows", "HasHeader", "Columns"), connection.execute(
        f"SELECT Delimiter, Quote, Escape, SkipRows, HasHeader, Columns FROM sniff_csv('{path}')").fetchone()))
    assert theirs["Delimiter"] == ours["Delimiter"] and theirs["HasHeader"] == ours["HasHeader"]
    assert [column["type"] for column in theirs["Columns"]] == [TYPES[kind] for kind in kinds]
    if header:
        assert [column["name"] for column in theirs["Columns"]] == [column["name"] for column in ours["Columns"]]


@pytest.mark.parametrize("seed", range(6))
def test_the_prompt_reads_the_file_as_it_was_found(seed, tmp_path):
    path = tmp_path / "t.csv"
    generate(path, seed)
    prompt = sniff(path)["Prompt"]
    assert program.succeed("sql", "--format", "csv", prompt).text == program.succeed("sql", "--format", "csv", f"FROM '{path}'").text


def test_what_was_given_is_reported(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("# made by hand\na title\nx;y\n1;2\n3;4\n", encoding="utf-8")
    found = sniff(path, ", comment = '#', delim = ';', sample_size = 2")
    assert (found["Comment"], found["SkipRows"], found["HasHeader"]) == ("#", 2, True)
    assert found["UserArguments"] == "comment='#', delim=';', sample_size='2'"
    assert (found["DateFormat"], found["TimestampFormat"]) == (None, None)


def test_carriage_returns_alone(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b'x,y\r1,"a\rb"\r2,c\r')
    assert sniff(path)["NewLineDelimiter"] == "\\r"
    theirs = duckdb.connect().execute(f"FROM read_csv('{path}', new_line = '\\r')").fetchall()
    text = program.succeed("sql", "--format", "ndjson", f"FROM '{path}'").text
    assert [tuple(json.loads(line).values()) for line in text.splitlines()] == theirs


def test_an_unknown_function_names_the_nearest():
    program.fail("sql", "FROM snif_csv('x.csv')", says=["sniff_csv"])
