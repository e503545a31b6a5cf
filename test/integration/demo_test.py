"""The main job on the real flights: the table and the Parquet file that it leaves, against DuckDB."""

import json

import answers
import duckdb
import oracle
import program
import pytest

SCRIPT = (program.ROOT / "demo/flights.sql").read_text()
CLEAN = "build/demo/flights_clean.parquet"


@pytest.fixture
def folder(flights, tmp_path):
    """A place of its own, so that tests do not write into the tree."""
    (tmp_path / "data").symlink_to(flights.parent)
    (tmp_path / "build/demo").mkdir(parents=True)
    return tmp_path


@pytest.fixture(scope="session")
def expected(flights, tmp_path_factory):
    """DuckDB's answer to the script, and the rows of the file that its COPY writes."""
    copied = tmp_path_factory.mktemp("expected") / "clean.parquet"
    script = SCRIPT.replace("data/nycflights13", str(flights)).replace(CLEAN, str(copied))
    names, rows = oracle.exact_answer(script)
    late = names.index("late_percent")
    rows.sort(key=lambda row: (-row[late], row[0]))
    return (names, rows), sorted_rows(copied)


def sorted_rows(path):
    rows = duckdb.execute(f"SELECT * FROM '{path}'").fetchall()
    return sorted(map(answers.bits, rows), key=repr)


def test_table(folder, expected):
    names, rows = answers.rows_of(SCRIPT, cwd=folder)
    assert names == expected[0][0]
    assert [answers.bits(row) for row in rows] == [answers.bits(row) for row in expected[0][1]]


def test_file(folder, expected):
    program.succeed("sql", stdin=SCRIPT, cwd=folder)
    assert sorted_rows(folder / CLEAN) == expected[1]
    assert [path.name for path in (folder / "build/demo").iterdir()] == ["flights_clean.parquet"]


def test_threads_do_not_show_in_the_file(folder):
    written = []
    for threads in (1, 2, 5):
        program.succeed("sql", "--threads", threads, stdin=SCRIPT, cwd=folder)
        written.append(duckdb.execute(f"SELECT * FROM '{folder / CLEAN}'").fetchall())
    assert written[0] == written[1] == written[2]


def test_explain_names_every_edge(folder):
    (folder / "flights.sql").write_text(SCRIPT)
    text = program.succeed("explain", "--fusion", "--format", "json", "--file", "flights.sql", cwd=folder).text
    assert json.loads(text)
    for word in ("register", "staged", "materialized"):
        assert word in text


@pytest.mark.slow
def test_every_way_of_running_gives_the_same_bits(folder):
    (folder / "flights.sql").write_text(SCRIPT)
    program.succeed("verify", "flights.sql", cwd=folder)
