"""CSV files without options: names, types and rows beside DuckDB's."""

import csv
import io

import duckdb
import pytest

import program

TYPES = {"bigint": "BIGINT", "varchar": "VARCHAR", "double": "DOUBLE", "boolean": "BOOLEAN", "decimal(38,0)": "HUGEINT"}

FILES = [
    "1,2\n3,4\n", "a,b\nc,d\n", "a,1\nb,2\n", "1,a\n2,b\n", "x,y\n1,b\n2,c\n", "1,2\n", "a,b\n", "1\n", "a\n",
    "a\n\n", "1.5,2\n3,4\n", "1,2\n3.5,4\n", "2020-01-01,2\n3,4\n", "2020-01-01,2\n2020-01-01,4\n", ",a\n1,b\n",
    ",1\n1,2\n", ",\n1,2\n", "a,\n1,2\n", "a,,b\n1,2,3\n", "true,1\nfalse,2\n", "x,1\nfalse,2\n", "1,x\nb,2\n",
    "x,y,z\na,b,1\n", "1,y,z\na,b,1\n", '"1",2\n3,4\n', '"a","b"\n"c","d"\n', "a,a\n1,2\n", "1,2\na,b\n", "1\na\n",
    "1\n2\na\n", "a,b\n,\n", "a,b\n,1\n", "a,1\n,1\n", "1,a\n,b\n", "inf,1\n2,3\n", "12:00:00\n13:00:00\n", "t\nf\n",
    "true\nfalse\n", "a,b\n1,2\nc,d\n", "\n1,2\n", "9223372036854775808\n1\n", "a,1\n", ",1\n", ",\n", "1,\n",
    "a\n00123\n5\n", "a\n+5\n", "a\n0\n1\n", "a\n9223372036854775808\n-1\n", "a\n1e3\n", "a\n1\ntrue\n",
    "a,b,\nc,d,\ne,f,\n", "b,,\n",
]  # fmt: skip


@pytest.mark.parametrize("text", FILES)
def test_names_types_and_rows_are_those_of_duckdb(text, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(text)
    relation = duckdb.connect().execute(f"FROM read_csv('{path}')")
    theirs = [(name, str(kind)) for name, kind, *_ in relation.description]
    described = program.succeed("sql", "--format", "csv", f"DESCRIBE FROM '{path}'")
    ours = [(row[0], TYPES.get(row[1].lower(), row[1])) for row in csv.reader(io.StringIO(described.text))][1:]
    assert ours == theirs
    counted = program.succeed("sql", "--format", "csv", f"SELECT count(*) FROM '{path}'")
    assert counted.text.split()[1:] == [str(len(relation.fetchall()))]
