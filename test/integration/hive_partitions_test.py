"""Folders key=value as columns, as DuckDB reads them; files that the path rules out are never opened."""

import gzip
import json
import os
import urllib.parse

import program
import pyarrow
import pyarrow.parquet
import pytest
from oracle import open_duckdb


@pytest.fixture
def tree(tmp_path):
    """tree({"x=1/f": {"v": [1]}}, "parquet") writes a file for each key and gives the pattern that finds them."""
    def write(files, ending="parquet"):
        for name, columns in files.items():
            path = tmp_path / "t" / f"{name}.{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            table = pyarrow.table(columns)
            if ending == "parquet":
                pyarrow.parquet.write_table(table, path)
            elif ending == "csv":
                path.write_text("\n".join([",".join(columns), *(",".join(map(str, row.values())) for row in table.to_pylist())]) + "\n")
            else:
                path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
        return f"{tmp_path}/t/**/*.{ending}"
    return write


def both(query):
    """Our answer and DuckDB's, as CSV text."""
    names, rows = (lambda answer: ([c[0] for c in answer.description], answer.fetchall()))(open_duckdb().execute(query))
    text = [",".join(names)] + [",".join("" if value is None else str(value) or '""' for value in row) for row in rows]
    return program.csv(query), "\n".join(text) + "\n"


TREES = {
    "numbers and dates": {"x=1/y=2020-01-01/f": {"v": [1, 2]}, "x=-2/y=2020-01-02/f": {"v": [3]}},
    "mixed": {"x=1/f": {"v": [1]}, "x=2020-01-01/f": {"v": [2]}},
    "the file has the column": {"x=1/f": {"v": [1], "x": ["of the file"], "w": [9]}, "x=2/f": {"v": [2], "x": ["too"], "w": [8]}},
    "in another case": {"X=1/f": {"v": [1], "x": [5], "w": [7]}},
    "other keys": {"x=1/f": {"v": [1]}, "y=2/f": {"v": [2]}},
    "a file without": {"x=1/f": {"v": [1]}, "f": {"v": [2]}},
    "keys in another order": {"x=1/y=2/f": {"v": [1]}, "y=3/x=4/f": {"v": [2]}},
    "twice": {"x=1/x=2/f": {"v": [1]}},
    "two signs": {"x=1=2/f": {"v": [1]}},
    "nulls": {"x=1/f": {"v": [1]}, "x=__HIVE_DEFAULT_PARTITION__/f": {"v": [2]}},
    "null text": {"x=null/f": {"v": [1]}, "x=3/f": {"v": [2]}},
    "encoded": {"x=a%20b%2Fc/f": {"v": [1]}, "x=%zz%4/f": {"v": [2]}, "x=/f": {"v": [3]}},
} | {f"text {word}": {f"x={urllib.parse.quote(word, safe=' :+.')}/f": {"v": [1]}}
     for word in ("007", "+5", "1.5", "true", "9223372036854775808", "2020-01-01 10:00:00", "10:00:00", "2020-13-01", " 7")}


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("options", ["", ", hive_types_autocast = false", ", hive_partitioning = false", ", union_by_name = true"])
def test_as_duckdb(name, options, tree):
    pattern = tree(TREES[name])
    query = f"SELECT * FROM read_parquet('{pattern}'{options}) ORDER BY v"
    ours, theirs = both(query)
    assert ours == theirs
    columns = ours.splitlines()[0].split(",")
    types = ", ".join(f"typeof({column}) AS {column}" for column in columns)
    names = {"int64": "BIGINT", "utf8": "VARCHAR", "date": "DATE", "timestamp": "TIMESTAMP"}
    ours, theirs = both(f"SELECT {types} FROM read_parquet('{pattern}'{options}) LIMIT 1")
    for ours_name, theirs_name in names.items():
        ours = ours.replace(ours_name, theirs_name)
    assert ours == theirs


@pytest.mark.parametrize("ending", ["parquet", "csv", "json"])
def test_formats_and_filename(ending, tree):
    pattern = tree({"k=a/m=1/f": {"v": [1, 2]}, "k=b/m=2/f": {"v": [3]}}, ending)
    for options in ("", ", filename = true", ", hive_types = {'m': 'smallint'}"):
        ours, theirs = both(f"SELECT * FROM read_{ending}('{pattern}'{options}) ORDER BY v")
        assert ours == theirs


def test_errors(tree):
    pattern = tree(TREES["other keys"])
    program.fail("sql", f"SELECT * FROM read_parquet('{pattern}', hive_partitioning = true)", says=["these differ", "x=1", "y=2"])
    program.fail("sql", f"SELECT * FROM read_parquet('{pattern}', hive_types = 'int')", says=["hive_types expects"])
    program.fail("sql", f"SELECT * FROM read_parquet('{pattern}', hive_types = {{'x': 'int'}})", says=["these differ"])
    program.fail("sql", f"SELECT * FROM read_parquet('{pattern}', hive_partitioning = 'maybe')", says=["expects true or false"])


PREDICATES = ["x = 1", "x < 2", "x IN (1, 7)", "x % 2 = 1", "upper(k) = 'A' AND x = 1", "k LIKE '%a' AND x < 2", "filename LIKE '%x=1%'",
              "x = 1 AND v > 5", "(x = 1 OR v = -1) AND k = 'a'", "x + 1 = 2"]


@pytest.mark.parametrize("predicate", PREDICATES)
def test_other_files_are_not_opened(predicate, tree, tmp_path):
    pattern = tree({"k=a/x=1/f": {"v": [5, 6, 7]}, "k=b/x=2/f": {"v": [8]}, "k=c/x=4/f": {"v": [9]}})
    query = f"SELECT * FROM read_parquet('{pattern}', filename = true) WHERE {predicate} ORDER BY v"
    expected, theirs = both(query)
    assert expected == theirs and expected.count("\n") > 1
    for folder in ("k=b/x=2", "k=c/x=4"):
        (tmp_path / "t" / folder / "f.parquet").write_bytes(b"no parquet file")
    assert program.csv(query) == expected
    program.fail("sql", "--set", "fusion.rule.prune_scans=off", query, says=["f.parquet"])
    report = json.loads(program.succeed("explain", "--analyze", "--format", "json", query).text)["stages"][0]["pruning"]
    files = next(rung for rung in report if rung["unit"] == "files")
    assert (files["looked_at"], files["skipped"], files["requests_saved"], files["bytes_saved"]) == (3, 2, 2, 30)
    assert "skipped 2 of 3 files" in program.succeed("explain", "--fusion", query).text


def test_what_a_path_cannot_decide(tree):
    pattern = tree({"k=a/f": {"v": [5, 6, 7]}, "k=b/f": {"v": [8]}})
    for predicate in ("k = 'a' OR v = 8", "v > 0 AND k >= 'a'", "length(k) = 1", "k IS NOT NULL"):
        query = f"SELECT count(*) AS n FROM read_parquet('{pattern}') WHERE {predicate}"
        assert program.csv(query) == "n\n4\n", predicate
    text = program.succeed("explain", "--analyze", f"SELECT v FROM read_parquet('{pattern}') WHERE length(k) = 1").text
    assert "skipped 0 of 2 files" in text and "some row of every file passes" in text


def test_what_we_write_is_read_back(tmp_path):
    source = "SELECT range AS v, CASE WHEN range % 3 > 0 THEN 'a/b %' || (range % 2)::varchar END AS s, DATE '2024-01-01' + (range % 3)::int AS \"the day\" FROM range(0, 30)"
    program.succeed("sql", f"COPY ({source}) TO '{tmp_path}/out' (FORMAT parquet, PARTITION_BY (s, \"the day\"))")
    back = program.csv(f"SELECT v, s, \"the day\" FROM '{tmp_path}/out/**/*.parquet' ORDER BY v")
    assert back == program.csv(source + " ORDER BY v")


def test_a_later_file_that_differs_is_named(tree):
    pattern = tree({"x=1/f": {"v": [1]}, "x=2/f": {"v": ["text"]}})
    program.fail("sql", f"SELECT * FROM read_parquet('{pattern}')", says=["column 'v' is utf8 in this file, expected int64", "x=2"])
    assert program.csv(f"SELECT * FROM read_parquet('{pattern}') WHERE x = 1") == "v,x\n1,1\n"


@pytest.mark.parametrize("rule", ["on", "off"])
def test_rejects_come_from_every_file(rule, tmp_path):
    for key in (1, 2):
        os.makedirs(tmp_path / f"x={key}")
        (tmp_path / f"x={key}" / "f.csv").write_text(f"a,b\n{key},2\nbroken,3\n")
    options = f"types = {{'a': 'int64', 'b': 'int64'}}, header = true, rejects = '{tmp_path}/bad.ndjson'"
    query = f"SELECT a, x FROM read_csv('{tmp_path}/*/*.csv', {options}) WHERE x = 1"
    assert program.csv(query, "--set", f"fusion.rule.prune_scans={rule}") == "a,x\n1,1\n"
    assert len((tmp_path / "bad.ndjson").read_text().splitlines()) == 2


WITHOUT_A_RECORD = {"csv": ["", "\n", "\r\n\n", "\ufeff", "a,b\n", "\ufeffa,b"], "json": ["", "\n", "[]", " \n "]}


@pytest.mark.parametrize("united", ["false", "true"])
@pytest.mark.parametrize("folder", ["part={}", "part{}"])
@pytest.mark.parametrize("empty", [{0}, {1}, {2}, {0, 1}, {1, 2}])
@pytest.mark.parametrize("ending", ["csv", "json", "csv.gz"])
def test_a_file_without_a_record_says_no_types(ending, empty, folder, united, tmp_path):
    form = ending.split(".")[0]
    for blank in WITHOUT_A_RECORD[form]:
        for part in range(3):
            place = tmp_path / folder.format(part)
            place.mkdir(exist_ok=True)
            text = blank if part in empty else f"a,b\n{part + 9},x\n" if form == "csv" else f'{{"a": {part + 9}, "b": "x"}}\n'
            (place / f"t.{ending}").write_bytes(gzip.compress(text.encode()) if ending.endswith("gz") else text.encode())
        answer = program.csv(f"SELECT a + 0, b, filename LIKE '%/t.{ending}' AS found FROM read_{form}('{tmp_path}/*/t.{ending}', filename = true, union_by_name = {united}) ORDER BY a")
        assert answer.splitlines()[1:] == [f"{part + 9},x,true" for part in range(3) if part not in empty], repr(blank)


@pytest.mark.parametrize("folder", ["part={}", "part{}"])
def test_types_may_be_declared_of_some_columns(folder, tmp_path):
    """The others are those of the first file with a record."""
    for part, text in enumerate(["a,b,c\n", "a,b,c\n1,2,x\n", "a,b,c\n3,4.5,y\n" if folder == "part" else "a,b,c\n3,4,y\n"]):
        (tmp_path / folder.format(part)).mkdir()
        (tmp_path / folder.format(part) / "t.csv").write_text(text)
    query = f"SELECT a, typeof(a) AS ta, b + 1 AS more, typeof(b) AS tb FROM read_csv('{tmp_path}/*/t.csv', types = {{'a': 'float64'}}) ORDER BY a"
    assert program.csv(query) == "a,ta,more,tb\n1.0,DOUBLE,3,BIGINT\n3.0,DOUBLE,5,BIGINT\n"


def test_many_files_hold_no_more_memory_than_one(tmp_path):
    for part in range(120):
        (tmp_path / f"{part}.json").write_text(f'{{"a": {part}, "b": "{"x" * 100}"}}\n' * 4_000)
    assert program.csv(f"SELECT sum(a) AS s FROM read_json('{tmp_path}/*.json')", "--set", "memory_limit=16MiB", "--set", "threads=1") == f"s\n{4_000 * 60 * 119}\n"


def test_standard_input_may_be_one_of_several_files(tmp_path):
    (tmp_path / "b.csv").write_text("a\n2\n")
    outcome = program.succeed("sql", "--format", "csv", f"SELECT * FROM read_csv(['/dev/stdin', '{tmp_path}/b.csv'])", stdin="a\n1\n")
    assert outcome.text == "a\n1\n2\n"
