"""What the command line takes: text, files, several statements, settings, and what SQL of the first release says."""

import re
import subprocess

import program
import pytest


def answer(text, *arguments, **options):
    """The rows without the header."""
    return program.csv(text, *arguments, **options).split("\n", 1)[1].rstrip("\n")


def test_the_last_statement_is_the_answer_from_stdin():
    text = "CREATE VIEW v AS SELECT range AS x FROM range(0, 10);\nSELECT 'not shown';\nSELECT count(*), sum(x) FROM v;\n"
    assert program.succeed("sql", "--format", "csv", stdin=text).text.splitlines()[1:] == ["10,45"]


def test_a_file_of_statements(tmp_path):
    script = tmp_path / "q.sql"
    script.write_text("-- a comment\nCREATE VIEW v AS SELECT 2 AS x;\nSELECT x * 21 AS answer FROM v;")
    assert program.succeed("sql", "--format", "csv", "--file", script).text == "answer\n42\n"


def test_paths_are_relative_to_where_the_program_runs(table, tmp_path):
    table("x", "7")
    assert answer("SELECT x FROM 't.csv'", cwd=tmp_path) == "7"


@pytest.mark.parametrize("threads", [1, 2, 4, 7])
def test_threads_do_not_show(threads):
    text = """SELECT range % 97 AS key, count(*) AS n, sum(range) AS total, avg(range / 7.0) AS mean
              FROM range(0, 300000) GROUP BY key ORDER BY key"""
    assert program.csv(text, "--threads", threads) == program.csv(text, "--threads", 1)


def test_set_and_show():
    assert program.csv("SET threads = 3; SHOW threads").strip().endswith("3")
    rows = program.csv("SHOW ALL")
    for name in ("threads", "vector_rows", "memory_limit", "on_error", "fusion.mode", "tier", "fusion.rule.push_filters", "now"):
        assert re.search(rf"^{re.escape(name)},", rows, re.MULTILINE), f"{name} is not in\n{rows}"


@pytest.mark.parametrize("text, says", [
    ("SET thread = 3", ["thread", "threads"]),
    ("SET threads = many", ["threads", "many"]),
    ("SET fusion.mode = sideways", ["fusion.mode", "sideways", "full"]),
])
def test_a_wrong_setting_says_what_is_right(text, says):
    program.fail("sql", text, says=says)


def test_on_error_null():
    text = "SET on_error = null; SELECT range AS x, 6 // range AS share FROM range(0, 4) ORDER BY x"
    assert answer(text) == "0,\n1,6\n2,3\n3,2"


@pytest.mark.parametrize("text, rows", [
    ("SELECT 1", "1"),
    # LIKE has no escape character; only E'…' has escapes.
    (r"SELECT 'a\_c' LIKE 'a\_c', 'axc' LIKE 'a\_c', 'a\xc' LIKE 'a\_c', 'a_c' LIKE 'a\_c'", "true,false,true,false"),
    (r"SELECT length('a\n'), length(E'a\n'), E'it\'s' = 'it''s', E'\x41\\' = 'A\'", "3,2,true,true"),
    ("SELECT 7 // 2, 7 % 3, 7 / 2, -7 // 2, -7 % 3", "3,1,3.5,-3,-1"),
    ("SELECT 1 + NULL, NULL AND FALSE, NULL OR TRUE, NOT NULL", ",false,true,"),
    ("SELECT CASE WHEN 1 > 2 THEN 'a' WHEN 2 > 1 THEN 'b' END, CASE 3 WHEN 3 THEN 'c' ELSE 'd' END", "b,c"),
    ("SELECT 'abc' LIKE 'a%', 'abc' LIKE '_b_', 'abc' LIKE 'b'", "true,true,false"),
    ("SELECT upper('zoë'), substring('Zoë!', 2, 2), length('Zoë'), 'a' || 'b'", "ZOË,oë,3,ab"),
    ("SELECT date '2024-01-31' + INTERVAL 1 MONTH", "2024-02-29 00:00:00"),
    ("SELECT year(date '2024-02-29'), month(date '2024-02-29'), day(date '2024-02-29')", "2024,2,29"),
    ("SELECT CAST('12' AS integer) + CAST(3.5 AS integer), CAST(1 AS double) / 3", "16,0.3333333333333333"),
    ("SELECT 0.1 + 0.2, 1.00 * 3, CAST(0.1 AS double) + CAST(0.2 AS double)", "0.3,3.00,0.30000000000000004"),
    ("SELECT 3 IN (1, 2, 3), 4 BETWEEN 1 AND 3, coalesce(NULL, 5)", "true,false,5"),
    ("WITH a AS (SELECT range AS x FROM range(0, 5)) SELECT sum(x) FROM a WHERE x > 2", "7"),
    ("SELECT x FROM (SELECT range AS x FROM range(0, 9)) AS t ORDER BY x DESC LIMIT 2", "8\n7"),
    ("SELECT range % 3 AS k, count(*) FROM range(0, 10) GROUP BY k HAVING count(*) > 3 ORDER BY k", "0,4"),
    ("SELECT count(*), sum(range), min(range), max(range), avg(range) FROM range(0, 0)", "0,,,,"),
    ("SELECT 1 AS x UNION ALL SELECT 2 ORDER BY x", "1\n2"),
    ("SELECT a.range, b.range FROM range(0, 3) AS a LEFT JOIN range(1, 2) AS b ON a.range = b.range ORDER BY 1", "0,\n1,1\n2,"),
])
def test_select(text, rows):
    assert answer(text) == rows


def test_input_order_is_kept():
    text = "SELECT range FROM range(0, 200000) WHERE range % 1000 = 7"
    assert answer(text, "--threads", 4).split("\n") == [str(row) for row in range(7, 200000, 1000)]


def test_stacked_subqueries_are_planned_in_little_time():
    """Each level reads the one below several times; whatever expands that on the way down takes 3^40 steps."""
    text, expected = "SELECT range AS x FROM range(0, 1000)", list(range(1000))
    for level in range(40):
        text = f"SELECT CASE WHEN x % 3 = 0 THEN x + {level} ELSE x - 1 END AS x FROM ({text}) AS s{level}"
        expected = [x + level if x % 3 == 0 else x - 1 for x in expected]
    assert answer(f"SELECT sum(x), count(*) FROM ({text}) AS s WHERE x > 100") == \
        f"{sum(x for x in expected if x > 100)},{sum(x > 100 for x in expected)}"


def test_limit_stops_early():
    assert answer("SELECT range FROM range(0, 1000000000000) LIMIT 3") == "0\n1\n2"


def test_csv_null_text(table):
    path = table("a,b", "NA,NA", "1,x", "2,")
    assert answer(f"SELECT count(a), count(b), sum(a) FROM read_csv('{path}', nullstr = 'NA')") == "2,2,3"


def test_version_and_help():
    assert re.match(r"headrace \d+\.\d+", program.succeed("--version").text)
    text = program.succeed("--help").text
    for word in ("sql", "explain", "verify", "--format", "--output", "--threads", "--file"):
        assert word in text


@pytest.mark.parametrize("arguments, says", [
    (("sqll", "SELECT 1"), ["sqll", "sql"]),
    (("sql", "--fromat", "csv", "SELECT 1"), ["--fromat", "help"]),
    (("sql", "--threads", "0x", "SELECT 1"), ["threads", "0x"]),
    (("sql", "--file", "does/not/exist.sql"), [r"does/not/exist\.sql"]),
])
def test_wrong_arguments(arguments, says):
    program.fail(*arguments, says=says)


def test_copy_from_finds_columns_of_any_name(tmp_path):
    (tmp_path / "in.csv").write_text('"it\'s, ""a:b"""\n1\n2.5\n')
    text = f"CREATE TABLE t (x decimal(9, 2)); COPY t FROM '{tmp_path}/in.csv'; SELECT * FROM t ORDER BY ALL"
    assert answer(text) == "1.00\n2.50"


def test_a_set_of_more_files_than_may_be_open(tmp_path):
    for number in range(600):
        (tmp_path / f"{number:03}.csv").write_text(f"k,v\n{number},x\n")
    limited = f"ulimit -n 256; exec '{program.BINARY}' sql --format csv \"SELECT count(*), sum(k) FROM '{tmp_path}/*.csv'\""
    run = subprocess.run(["sh", "-c", limited], capture_output=True, text=True, timeout=60)
    assert run.stdout.split("\n")[1] == "600,179700", run.stderr
