"""`headrace slt`: what counts as the same answer, what is run and what is not, and what the report says."""

import hashlib
import json

import program
import pytest


def outcome(tmp_path, text, *arguments):
    path = tmp_path / "x.test"
    path.write_text(text)
    done = program.run("slt", "--json", *arguments, path)
    assert done.code in (0, 1), done.stderr
    report = json.loads(done.text)
    assert (done.code == 0) == (report["failed"] == 0)
    return report


def test_a_file_of_sqlites_suite_divides_whole_numbers(tmp_path):
    text = "query I\nSELECT 7 / 2 * 2 UNION ALL SELECT NULL ORDER BY 1\n----\nNULL\n6\n"
    other = "\nonlyif mysql # DIV for whole division\nquery I\nSELECT 7 DIV 2\n----\n3\n"
    assert outcome(tmp_path, text + other) == {"passed": 1, "failed": 0, "skipped": 1, "failures": [], "notes": []}
    assert outcome(tmp_path, text)["failed"] == 1
    assert outcome(tmp_path, text + other, "--set", "integer_division=false")["failed"] == 1


TABLE = "statement ok\nCREATE TABLE t AS SELECT range AS a, 'v' || range AS b, range / 4 AS c FROM range(0, 3)\n\n"
VALUES = "0\nv0\n0.000\n1\nv1\n0.250\n2\nv2\n0.500\n"


@pytest.mark.parametrize("record", [
    "query ITR\nSELECT * FROM t\n----\n" + VALUES,
    "query ITR nosort\nSELECT * FROM t\n----\n0\tv0\t0.0\n1\tv1\t0.25\n2\tv2\t0.5\n",
    "query ITR rowsort\nSELECT * FROM t ORDER BY a DESC\n----\n" + VALUES,
    "query IT rowsort\nSELECT a, b FROM t ORDER BY a\n----\n2\tv2\n1\tv1\n0\tv0\n",
    "query II valuesort\nSELECT a, a FROM t\n----\n0\n0\n1\n1\n2\n2\n",
    f"query ITR nosort named\nSELECT * FROM t\n----\n9 values hashing to {hashlib.md5(VALUES.encode()).hexdigest()}\n",
    "query IT colnames\nSELECT a, b FROM t WHERE a = 1\n----\na\tb\n1\tv1\n",
    "query TT\nSELECT '', NULL\n----\n(empty)\tNULL\n",
    "query I\nSELECT a FROM t WHERE a > 5\n----\n",
    "query I\nSELECT a FROM t WHERE a = 1\n",
    "query T\nSELECT true\n----\n1\n",
    "statement error\nSELECT nothing FROM t\n",
    "statement error\nSELECT nothing FROM t\n----\nnothing\n",
    "statement maybe\nSELECT nothing FROM t\n",
    "query error\nSELECT nothing FROM t\n",
    "loop i 0 3\n\nquery I\nSELECT count(*) FROM t WHERE a = ${i}\n----\n1\n\nendloop\n",
    "foreach x integer bigint\n\nloop i 1 3\n\nquery I\nSELECT CAST(${i} AS ${x}) - ${i}\n----\n0\n\nendloop\n\nendloop\n",
    "halt\n\nstatement ok\nnonsense\n",
    "require something_unknown\n\nstatement ok\nnonsense\n",
    "require parquet\n\nhash-threshold 8\n",
    "mode skip\n\nstatement ok\nnonsense\n\nmode unskip\n",
    "skipif headrace\nstatement ok\nnonsense\n",
    "onlyif duckdb\nstatement ok\nnonsense\n",
    "skipif mysql # another\nstatement ok\nSELECT 1\n",
    "restart\n\nstatement error\nSELECT * FROM t\n",
])
def test_passes(tmp_path, record):
    assert outcome(tmp_path, TABLE + record)["failures"] == []


@pytest.mark.parametrize("record, reason", [
    ("query I\nSELECT a FROM t\n----\n0\n1\n3\n", "row 3, column 1: expected 3, found 2"),
    ("query I\nSELECT a FROM t\n----\n0\n1\n", "expected 2 values, found 3"),
    ("query II\nSELECT a FROM t\n----\n0\n1\n2\n", "expected 2 columns, found 1"),
    ("query I\nSELECT a FROM t ORDER BY a DESC\n----\n0\n1\n2\n", "row 1, column 1: expected 0, found 2"),
    ("query I\nSELECT NULL\n----\n0\n", "expected 0, found NULL"),
    ("query R\nSELECT 0.25e0\n----\n0.251\n", "expected 0.251, found 0.25"),
    ("query I\nSELECT a FROM t\n----\n3 values hashing to 0\n", "expected 3 values hashing to 0"),
    ("query I\nSELECT nothing FROM t\n----\n1\n", "the query fails"),
    ("statement ok\nSELECT nothing FROM t\n", "the statement fails"),
    ("statement error\nSELECT 1\n", "the statement succeeds"),
    ("statement error\nSELECT nothing FROM t\n----\nsomething else\n", "another error"),
    ("query I nosort x\nSELECT 1\n\nquery I nosort x\nSELECT 2\n", "another answer than the earlier query with the label x"),
    ("qeury I\nSELECT 1\n", "unknown record"),
])
def test_fails(tmp_path, record, reason):
    report = outcome(tmp_path, TABLE + record + "\nquery I\nSELECT 7\n----\n7\n")
    assert report["failed"] == 1 and report["passed"] >= 2
    assert reason in report["failures"][0]["reason"], report


def test_the_report_names_the_place(tmp_path):
    failure = outcome(tmp_path, TABLE + "query I\nSELECT a\nFROM t\n----\n0\n")["failures"][0]
    assert (failure["file"], failure["line"]) == (str(tmp_path / "x.test"), 4)
    assert failure["sql"] == "SELECT a\nFROM t" and failure["expected"] == "0" and failure["found"] == "0\n1\n2"
    text = program.run("slt", tmp_path / "x.test")
    assert f"{tmp_path / 'x.test'}:4: expected 1 values, found 3" in text.text and text.code == 1


def test_error_texts_may_be_left_out(tmp_path):
    assert outcome(tmp_path, "statement error\nSELECT x\n----\nBinder Error\n", "--any-error")["failed"] == 0


def test_every_file_has_a_session_of_its_own(tmp_path):
    for name in ("a.test", "b.test"):
        (tmp_path / name).write_text("statement ok\nCREATE TABLE t (a INTEGER)\n")
    assert program.succeed("slt", tmp_path / "a.test", tmp_path / "b.test").text == "2 passed, 0 failed, 0 skipped\n"


def test_what_cannot_be_run():
    program.fail("slt", "missing.test", says=["missing.test"])
    program.fail("slt", says=["slt expects files"])
    program.fail("slt", "--jsn", "x", says=["--json"])
