"""One field of a nested column: read without the others, from Parquet and JSON, with the same answer."""

import json
import random
import re

import duckdb
import program
import pyarrow
import pyarrow.parquet
import pytest


def type_of(chance, depth=0):
    kind = chance.randrange(6 if depth < 3 else 3)
    if kind < 3:
        return (pyarrow.int64(), pyarrow.string(), pyarrow.float64())[kind]
    if kind == 3:
        return pyarrow.list_(type_of(chance, depth + 1))
    return pyarrow.struct([(f"f{index}", type_of(chance, depth + 1)) for index in range(chance.randrange(1, 5))])


def value_of(chance, kind):
    if chance.random() < 0.2:
        return None
    if pyarrow.types.is_struct(kind):
        return {field.name: value_of(chance, field.type) for field in kind}
    if pyarrow.types.is_list(kind):
        return [value_of(chance, kind.value_type) for _ in range(chance.randrange(4))]
    if pyarrow.types.is_string(kind):
        return "".join(chance.choice("ab\0é") for _ in range(chance.randrange(6)))
    return chance.randrange(-9, 9) if pyarrow.types.is_int64(kind) else chance.randrange(-9, 9) / 4


def path_of(chance, name, kind):
    """SQL that leads from a column to something inside it."""
    while True:
        if pyarrow.types.is_struct(kind) and chance.random() < 0.9:
            field = kind.field(chance.randrange(kind.num_fields))
            name, kind = f"{name}.{field.name}", field.type
        elif pyarrow.types.is_list(kind) and chance.random() < 0.7:
            name, kind = f"({name})[{chance.choice([1, 2, -1])}]", kind.value_type
        elif pyarrow.types.is_list(kind) and chance.random() < 0.3:
            return f"len({name})"
        else:
            return name if chance.random() < 0.9 else f"{name} IS NULL"


def rows(query):
    return [list(json.loads(line).values()) for line in program.succeed("sql", "--format", "ndjson", query).text.splitlines()]


def wanted(query):
    return [list(row) for row in duckdb.sql(query).fetchall()]


@pytest.mark.parametrize("seed", range(20))
def test_fields_beside_duckdb_and_the_whole_column(tmp_path, seed):
    chance = random.Random(seed)
    kinds = {f"c{index}": pyarrow.struct([("f0", type_of(chance)), ("f1", type_of(chance)), ("f2", type_of(chance))]) for index in range(2)}
    table = pyarrow.table({name: pyarrow.array([value_of(chance, kind) for _ in range(3_000)], kind) for name, kind in kinds.items()})
    path = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(table, path, row_group_size=1_300, data_page_size=chance.choice([100, 100_000]), write_batch_size=64,
                                data_page_version=chance.choice(["1.0", "2.0"]), use_dictionary=chance.random() < 0.5)
    picked = [path_of(chance, *chance.choice(list(kinds.items()))) for _ in range(chance.randrange(1, 4))]
    fields = ", ".join(f"{sql} AS p{index}" for index, sql in enumerate(picked))
    where = chance.choice(["", f" WHERE {path_of(chance, 'c0', kinds['c0'])} IS NOT NULL"])
    query = f"SELECT {fields} FROM '{path}'{where}"
    answer = rows(query)
    assert answer == wanted(query), query
    assert answer == [row[:-2] for row in rows(query.replace(" FROM", ", c0, c1 FROM"))], query

    lines = tmp_path / "t.ndjson"
    lines.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    types = duckdb.sql(f"SELECT * FROM '{path}'").types
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in zip(kinds, types))
    assert rows(f"SELECT {fields} FROM read_json('{lines}', columns = {{{columns}}}){where}") == answer, query


def test_unnested_elements(tmp_path):
    path = tmp_path / "t.parquet"
    orders = [[{"price": i + j, "note": "x" * 100, "tags": [{"a": j, "b": None}] * j} for j in range(i % 4)] for i in range(5_000)]
    pyarrow.parquet.write_table(pyarrow.table({"id": range(5_000), "items": orders}), path)
    query = f"SELECT id, sum(item.price) AS total, sum(len(item.tags)) AS tags FROM (SELECT id, unnest(items) AS item FROM '{path}') GROUP BY id ORDER BY id"
    assert rows(query) == wanted(query)
    assert "'items[].price', 'items[].tags'" in program.succeed("explain", "--stage=optimized", query).text
    query = f"SELECT id, t.a AS a FROM (SELECT id, unnest(item.tags) AS t FROM (SELECT id, unnest(items) AS item FROM '{path}')) ORDER BY id, a"
    assert rows(query) == wanted(query)
    assert "fields ['items[].tags[].a']" in program.succeed("explain", "--stage=optimized", query).text


def test_other_fields_are_not_read_from_the_file(tmp_path):
    path = tmp_path / "t.parquet"
    chance = random.Random(1)
    users = [{"country": chance.choice(["de", "fr"]), "agent": chance.randbytes(60).hex()} for _ in range(20_000)]
    pyarrow.parquet.write_table(pyarrow.table({"user": users}), path)
    def bytes_read(select):
        text = program.succeed("explain", "--analyze", f"SELECT {select} FROM '{path}'").text
        return int(re.search(r"read (\d+) bytes", text)[1])
    assert bytes_read("count(user.country)") < 30_000
    assert bytes_read("max(user.agent)") > 2_000_000
    assert bytes_read("max(user)") > 2_000_000


BAD_AGE = '{"id": 1, "u": {"name": "a", "age": 7}}\n{"id": 2, "u": {"name": "b", "age": "old"}}\n{"id": 3, "u": {"name": 4, "age": 9}}\n'


@pytest.mark.parametrize(
    ("select", "validate", "bad"),
    [("u.name", "referenced", [3]), ("u.age", "referenced", [2]), ("id", "referenced", []), ("u", "referenced", [2, 3]), ("u.name, u.age", "referenced", [2, 3]),
     ("id", "declared", [2, 3]), ("u.name", "declared", [2, 3]), ("u IS NULL", "referenced", [2, 3])])  # fmt: skip
@pytest.mark.parametrize("off", ["", "SET fusion.rule.drop_unread_columns = 'off'; SET fusion.rule.prune_columns = 'off'; ", "SET fusion.mode = off; "])
def test_only_fields_that_the_query_names_make_records_bad(tmp_path, select, validate, bad, off):
    path, rejects = tmp_path / "t.ndjson", tmp_path / "rejects.ndjson"
    path.write_text(BAD_AGE)
    source = f"read_json('{path}', columns = {{'id': 'int64', 'u': 'struct(name date, age int64)'}}, rejects = '{rejects}', validate = '{validate}')"
    path.write_text(BAD_AGE.replace('"a"', '"2024-01-01"').replace('"b"', '"2024-01-02"'))
    answer = rows(f"{off}SELECT id, {select} FROM {source}")
    assert [row[0] for row in answer] == [number for number in (1, 2, 3) if number not in bad]
    assert [json.loads(line)["line"] for line in rejects.read_text().splitlines()] == bad


def test_all_copies_of_a_block_agree_on_what_is_bad(tmp_path):
    path = tmp_path / "t.ndjson"
    path.write_text(BAD_AGE)
    source = f"read_json('{path}', columns = {{'id': 'int64', 'u': 'struct(name varchar, age int64)'}}, on_error = 'skip')"
    program.succeed("sql", f"BEGIN; COPY (SELECT u.name FROM {source}) TO '{tmp_path}/a.csv'; COPY (SELECT u.age FROM {source}) TO '{tmp_path}/b.csv'; COMMIT")
    assert (tmp_path / "a.csv").read_text().splitlines() == ["name", "a", "4"]
    assert (tmp_path / "b.csv").read_text().splitlines() == ["age", "7", "9"]
