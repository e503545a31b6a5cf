"""Arguments: what is wrong with them is said, with the nearest name; what is right does what the help says."""

import program
import pytest


@pytest.mark.parametrize("arguments, says", [
    (["slq", "SELECT 1"], ["unknown command 'slq'", "did you mean sql"]),
    (["sql", "--fromat", "csv", "SELECT 1"], ["--fromat", "did you mean --format"]),
    (["sql", "--output"], ["--output expects a value"]),
    (["sql", "--format", "cvs", "SELECT 1"], ["cvs", "did you mean csv"]),
    (["sql", "--format", "xlsx", "SELECT 1"], ["xlsx", r"table \| csv \| ndjson"]),
    (["explain", "--format", "jsno", "SELECT 1"], ["jsno", "did you mean json"]),
    (["explain", "--stage=optimised", "SELECT 1"], ["optimised", "did you mean optimized"]),
    (["form", "fussed", "--file", "README.md"], ["fussed", "did you mean fused"]),
    (["sql", "--max-rows", "0", "SELECT 1"], ["--max-rows", "'0'"]),
    (["sql", "--max-rows", "-1", "SELECT 1"], ["--max-rows", "'-1'"]),
    (["sql", "--threads", "two", "SELECT 1"], ["threads", "two"]),
    (["sql", "--threads", "0", "SELECT 1"], ["threads", "'0'"]),
    (["--threads", "two"], ["threads", "two"]),  # of the shell
    (["sql", "--set", "thraeds=2", "SELECT 1"], ["thraeds", "did you mean threads"]),
    (["sql", "--set", "threads", "SELECT 1"], ["NAME=VALUE"]),
    (["sql", "--set", "=2", "SELECT 1"], ["NAME=VALUE"]),
    (["sql", "--fusion", "SELECT 1"], ["headrace sql takes no option --fusion"]),
    (["verify", "--output", "x", "README.md"], ["headrace verify takes no option --output"]),
    (["explain", "--fusion=yes", "SELECT 1"], ["--fusion takes no value"]),
    (["sql", "SELECT", "1"], ["unexpected argument '1'", "quote"]),
    (["sql", "--file", "README.md", "SELECT 1"], ["both"]),
    (["sql", "--file", "does/not/exist.sql"], ["does/not/exist.sql", "No such file"]),
    (["sql", "--file", "docs"], ["docs", "(?i)directory"]),
    (["sql", ""], ["no statement"]),
    (["sql"], ["no statement"]),
    (["explain", "-- nothing"], ["no statement"]),
    (["explain", "SET threads = 2"], ["no query", "line 1, column 1"]),
    (["verify", "does/not/exist.sql"], ["does/not/exist.sql"]),
    (["verify", "SELECT 1"], ["verify takes a file"]),
    (["form"], ["name"]),
    (["form", "fused", "--file", "README.md"], ["line 1, column 1"]),
    (["form", "logical", "--file", "README.md"], ["plan line"]),
    (["stage", "--file", "README.md"], ["standard input"]),
    (["stage"], ["--file"]),
    (["sql", "--output", "out.csv", "COPY (SELECT 1) TO 'x.csv'"], ["COPY"]),
    (["sql", "--output", "out.csv", "SET threads = 2"], ["no query"]),
    (["sql", "--output", "out.nothing", "SELECT 1"], ["out.nothing", "FORMAT"]),
])
def test_wrong_arguments(arguments, says, tmp_path):
    if not any(argument in ("README.md", "docs") for argument in arguments):
        program.fail(*arguments, says=says, cwd=tmp_path)
        assert list(tmp_path.iterdir()) == []
    else:
        program.fail(*arguments, says=says)


def test_help_is_where_people_look_for_it():
    expected = program.succeed("help").text
    for arguments in ([], ["--help"], ["-h"], ["sql", "--help"], ["explain", "-h"]):
        assert program.succeed(*arguments).text == expected
    for option in ("--file", "--format", "--output", "--max-rows", "--stage", "--fusion", "--analyze", "--print",
                   "--threads", "--set"):
        assert option in expected


def test_a_statement_may_begin_with_a_comment():
    assert program.csv("-- one\nSELECT 1 AS a") == "a\n1\n"


def test_the_last_of_several_statements_gives_the_rows():
    statements = "CREATE VIEW v AS SELECT range AS a FROM range(3);; SET threads = 1; SELECT sum(a) AS s FROM v;"
    assert program.succeed("sql", "--format", "csv", stdin=statements).text == "s\n3\n"
    assert program.succeed("sql", "--format", "csv", "--file", "-", stdin=statements).text == "s\n3\n"


def test_an_error_names_its_line_among_several_statements():
    program.fail("sql", stdin="SELECT 1;\n-- two\nSELECT 2;\n  SELECT nosuch FROM range(3);\n",
                 says=["nosuch", "line 4, column 10", "SELECT nosuch FROM"])


@pytest.mark.parametrize("statement", ["SELECT 1 AS a", "SHOW threads", "EXPLAIN SELECT 1"])
def test_output_takes_the_rows_of_any_statement(statement, tmp_path):
    path = tmp_path / "out.csv"
    assert program.succeed("sql", "--output", path, statement).stdout == b""
    assert path.read_text().count("\n") >= 2


def test_forms_go_to_a_file_too(tmp_path):
    form, path = tmp_path / "form.txt", tmp_path / "out.csv"
    form.write_text(program.succeed("explain", "--stage=fused", "SELECT range + 1 AS a FROM range(2)").text)
    assert program.succeed("form", "fused", "--file", form, "--output", path).stdout == b""
    assert path.read_text() == "a\n1\n2\n"


def test_an_error_in_a_file_names_the_file(tmp_path):
    (tmp_path / "q.sql").write_text("SELECT 1;\nSELECT nosuch FROM range(3);\n")
    for command in ("sql", "explain", "verify"):
        program.fail(command, "--file", "q.sql", cwd=tmp_path, says=[r"at q\.sql, line 2, column 8"])
