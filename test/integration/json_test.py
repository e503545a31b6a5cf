"""NDJSON and JSON files beside Python's json and DuckDB's read_json, on files made by chance."""

import csv
import decimal
import gzip
import io
import json
import random
import struct

import duckdb
import program
import pytest

TYPES = {"HUGEINT": "DECIMAL(38,0)", '"NULL"': "VARCHAR", "UUID": "VARCHAR"}


def ours(query):
    """The answer's rows, each column written as JSON by ourselves."""
    return [json.loads(line, parse_float=decimal.Decimal) for line in program.succeed("sql", "--format", "ndjson", query).text.splitlines()]


def theirs(query):
    relation = duckdb.connect().execute(query)
    return [dict(zip([column[0] for column in relation.description], row)) for row in relation.fetchall()]


def described(query):
    rows = csv.reader(io.StringIO(program.csv(f"DESCRIBE {query}")))
    return [(row[0], row[1]) for row in rows][1:]


def text_of(chance, length=8):
    letters = "abcxyz ,:{}[]\"\\/\n\t\u0001\u00e9\u20ac\U0001f600"
    return "".join(chance.choice(letters) for _ in range(chance.randrange(length)))


def number_of(chance):
    return chance.choice([
        chance.randrange(-5, 5), chance.randrange(-2**63, 2**63), chance.random(), -1.5, 0.1, 1e300, 5e-324, 1e22,
        chance.uniform(-1e9, 1e9), struct.unpack("<d", chance.randbytes(8))[0]])  # fmt: skip


def finite(value):
    return value if not isinstance(value, float) or value - value == 0 else 0.5


def value_of(chance, depth=0):
    kind = chance.randrange(7 if depth < 3 else 5)
    if kind == 0:
        return None
    if kind == 1:
        return chance.random() < 0.5
    if kind == 2:
        return finite(number_of(chance))
    if kind <= 4:
        return text_of(chance)
    if kind == 5:
        return [value_of(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {text_of(chance, 3) + str(index): value_of(chance, depth + 1) for index in range(chance.randrange(4))}


def layout(chance, value):
    """The value as JSON, spelled in one of the ways that say it."""
    return json.dumps(value, ensure_ascii=chance.random() < 0.5,
                      separators=chance.choice([(",", ":"), (", ", ": "), (" ,\t", " : ")]))


def write_file(chance, path, records):
    """One of the forms of a file of records."""
    texts = [layout(chance, record) for record in records]
    form = chance.choice(["lines", "array", "values"])
    if form == "lines":
        text = chance.choice(["\n", "\r\n", "\n\n"]).join(texts) + chance.choice(["", "\n"])
    elif form == "array":
        text = "[" + chance.choice([",", ",\n", " , "]).join(texts) + "]"
    else:
        text = "\n".join(json.dumps(record, indent=2) for record in records)
    path.write_text(text, encoding="utf-8", newline="")


@pytest.mark.parametrize("seed", range(25))
def test_any_values_are_those_of_python(seed, tmp_path):
    chance = random.Random(seed)
    records = [{key: value_of(chance) for key in "abcd" if chance.random() < 0.9} for _ in range(chance.randrange(2, 60))]
    path = tmp_path / "t.json"
    write_file(chance, path, records)
    columns = "{a: json, b: json, c: json, d: json}"
    rows = ours(f"FROM read_json('{path}', columns = {columns})")
    assert len(rows) == len(records)
    for row, record in zip(rows, records):
        for key in "abcd":
            found = None if row[key] is None else json.loads(row[key])
            assert found == record.get(key), (key, row, record)


def typed_record(chance):
    day = f"20{chance.randrange(10, 30)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    record = {
        "whole": chance.randrange(-10**12, 10**12), "big": chance.randrange(2**64), "real": round(chance.uniform(-1e6, 1e6), 3),
        "flag": chance.random() < 0.5, "text": text_of(chance), "day": day,
        "moment": f"{day} {chance.randrange(24):02}:00:{chance.randrange(60):02}", "list": [chance.randrange(9) for _ in range(chance.randrange(4))],
        "object": {"x": chance.randrange(9), "y": text_of(chance), "z": [{"w": chance.random() < 0.5}]},
    }  # fmt: skip
    return {key: None if chance.random() < 0.05 else value for key, value in record.items() if chance.random() < 0.95}


@pytest.mark.parametrize("seed", range(12))
def test_types_and_rows_are_those_of_duckdb(seed, tmp_path):
    chance = random.Random(seed)
    records = [typed_record(chance) for _ in range(300)]
    path = tmp_path / "t.json"
    write_file(chance, path, records)
    relation = duckdb.connect().execute(f"FROM read_json('{path}')")
    expected = [(column[0], TYPES.get(str(column[1]), str(column[1]))) for column in relation.description]
    # Theirs is a HUGEINT where some are negative, whatever their size.
    expected = [(name, "BIGINT" if name == "whole" else kind) for name, kind in expected]
    assert described(f"FROM '{path}'") == expected
    for row, other in zip(ours(f"FROM '{path}'"), theirs(f"FROM read_json('{path}')"), strict=True):
        for name, value in other.items():
            if value is not None and name in ("day", "moment"):
                value = str(value)
            if isinstance(value, float):
                assert float(row[name]) == value
            else:
                assert row[name] == value, (name, row, other)


GUESSES = [
    '{"a":1}\n{"a":"x"}\n', '{"a":1}\n{"a":[1]}\n', '{"a":1}\n{"a":1.5}\n', '{"a":1}\n{"a":true}\n', '{"a":[1,"x"]}\n',
    '{"a":{"b":1}}\n{"a":{"c":"x"}}\n', '{"a":9223372036854775808}\n', '{"a":1,"A":2}\n', '{}\n', '{"a":{}}\n',
    '{"a":"2020-01-01"}\n', '{"a":"2020-01-01T10:00:00Z"}\n', '{"a":"10:00:00"}\n', '{"a":"true"}\n', '{"a":"12"}\n', '{"a":""}\n',
    '[{"a":1},{"a":2}]', '[{"a":1},\n{"a":2}]\n', "[1,2]\n[3,4]\n", "[1,2]\n", "1\n2\n", '{"a":1}{"a":2}', '{\n"a":1}\n{"a":2}',
    '{"a":1}\n[1]\n', '{"a":1}\nnull\n{"a":2}\n', '{"a":1}\n5\n', '{"a":1}\n\n{"a":2}\n', '[{"a":1}, 5]\n', "[]\n",
    '[{"a":1}]\n[{"a":2}]\n', '{"a":[[1],[2.5]]}\n', '{"a":[{"b":1},{"c":2}]}\n', "".join(f'{{"a":{{"k{i}":1}}}}\n' for i in range(30)),
    "".join(f'{{"k{i}":1}}\n' for i in range(30)), '{"a":1e2}\n', '{"a":1.0}\n', '{"a":-0}\n',
]  # fmt: skip


@pytest.mark.parametrize("text", GUESSES)
def test_guesses_are_those_of_duckdb(text, tmp_path):
    path = tmp_path / "t.json"
    path.write_text(text)
    relation = duckdb.connect().execute(f"FROM read_json('{path}')")
    expected = [(name, TYPES.get(str(kind), str(kind)).replace("JSON", "VARCHAR")) for name, kind, *_ in relation.description]
    assert described(f"FROM '{path}'") == expected
    assert program.csv(f"SELECT count(*) FROM '{path}'").split()[1] == str(len(relation.fetchall()))


def is_json(line):
    """By Python's json, held to RFC 8259: no NaN, no half surrogates, UTF-8."""
    def refuse(name):
        raise ValueError(name)
    try:
        json.dumps(json.loads(line.decode("utf-8"), parse_constant=refuse), ensure_ascii=False).encode("utf-8")
    except (ValueError, UnicodeEncodeError):
        return False
    return True


@pytest.mark.parametrize("seed", range(20))
def test_a_line_is_bad_when_python_says_so(seed, tmp_path):
    chance = random.Random(1000 + seed)
    lines = []
    for _ in range(300):
        line = bytearray(layout(chance, {"a": value_of(chance), "b": value_of(chance)}).encode())
        for _ in range(chance.randrange(3)):
            at = chance.randrange(len(line))
            change = chance.randrange(3)
            if change == 0:
                line[at] = chance.choice(b'{}[]:,"\\0123tfn-.eE \x80\xc3\x01')
            elif change == 1:
                del line[at]
            else:
                line.insert(at, chance.choice(b'{}[]:,"\\0-.e '))
        lines.append(bytes(line).replace(b"\n", b" "))
    path, rejects = tmp_path / "t.ndjson", tmp_path / "rejects.ndjson"
    path.write_bytes(b"\n".join(lines))
    bad = [number for number, line in enumerate(lines, 1) if line.strip() and not (is_json(line) and line.strip()[:1] in b"{n")]
    for columns in ("{z: json}", "{a: json, b: json}"):
        rows = ours(f"FROM read_ndjson('{path}', columns = {columns}, rejects = '{rejects}')")
        found = [json.loads(line) for line in rejects.read_text().splitlines()]
        assert [reject["line"] for reject in found if reject["column"] is None] == bad
        assert len(rows) + len(found) == sum(1 for line in lines if line.strip())


def test_threads_and_compression_change_nothing(tmp_path):
    chance = random.Random(7)
    lines = [layout(chance, typed_record(chance)) if chance.random() < 0.99 else '{"whole": 1, "text": "x' for _ in range(12_000)]
    text = "\n".join(lines)
    (tmp_path / "t.ndjson").write_text(text)
    (tmp_path / "t.ndjson.gz").write_bytes(gzip.compress(text.encode()))
    answers = set()
    for name in ("t.ndjson", "t.ndjson.gz"):
        for threads in (1, 2, 5):
            rejects = tmp_path / f"{name}.{threads}.csv"
            outcome = program.succeed("sql", "--format", "csv", "--threads", str(threads),
                                      f"FROM read_json('{tmp_path / name}', rejects = '{rejects}')")
            answers.add((outcome.text, rejects.read_text().replace(name, "t")))
    assert len(answers) == 1


ALL_TYPES = """SELECT i, i % 2 = 0 AS flag, CAST(i AS int8) AS tiny, CAST(i * 4294967296 AS int64) AS wide,
  CAST(18446744073709551615 - i AS uint64) AS unsigned, CAST(i AS float64) / 7 AS ratio, CAST(0.1 * i AS float32) AS narrow,
  CAST(i AS decimal(9, 2)) / 3 AS share, CAST(i AS decimal(38, 4)) AS price, DATE '2024-02-28' + CAST(i AS int32) AS day,
  TIMESTAMP '2024-01-01 00:00:00.000001' + i * INTERVAL '1 hour' AS moment, TIME '01:02:03' AS clock,
  INTERVAL '1 month 2 days' AS span, 'x"\\' || CAST(i AS text) || chr(10) || chr(8364) AS text, CAST('a\\xFF' AS blob) AS bytes,
  [i, NULL] AS list, {'a': i, 'b': [{'c': 'x'}]} AS object, MAP {'k': i, 'l': NULL} AS map, MAP {i: [1.5]} AS by_number
  FROM (SELECT CASE WHEN range = 3 THEN NULL ELSE range END AS i FROM range(6))"""


def test_what_was_written_reads_back(tmp_path):
    path = tmp_path / "all.ndjson"
    program.succeed("sql", f"COPY ({ALL_TYPES.replace('MAP {i', 'MAP {coalesce(i, -1)')}) TO '{path}'")
    query = ALL_TYPES.replace("MAP {i", "MAP {coalesce(i, -1)")
    columns = ", ".join(f"'{name}': '{kind.replace(chr(39), chr(39) * 2)}'" for name, kind in described(query))
    assert program.csv(f"FROM read_json('{path}', columns = {{{columns}}})") == program.csv(query)


def test_several_files(tmp_path):
    (tmp_path / "a.json").write_text('{"a":1,"b":"x"}\n')
    (tmp_path / "b.json").write_text('[{"a":2.5,"b":"2020-01-01"}]')
    (tmp_path / "c.json").write_text('{"a":3}\n')
    program.fail("sql", f"FROM '{tmp_path}/*.json'", says=["column 'a' expects int64, found \"2.5\"", r"b\.json:1"])
    assert program.csv(f"SELECT a, b FROM read_json('{tmp_path}/*.json', types = {{a: double}})") == "a,b\n1.0,x\n2.5,2020-01-01\n3.0,\n"
    (tmp_path / "b.json").write_text('{"a":2,"c":true}')
    program.fail("sql", f"FROM '{tmp_path}/*.json'", says=["the file has a column 'c' more", "union_by_name"])
    union = program.csv(f"SELECT a, b, c, filename LIKE '%b.json' AS f FROM read_json('{tmp_path}/*.json', union_by_name = true, filename = true)")
    assert union == "a,b,c,f\n1,x,,false\n2,,true,true\n3,,,false\n"


def test_which_records_are_rejected_is_no_matter_of_the_plan(tmp_path):
    chance = random.Random(3)
    lines = [json.dumps({"a": chance.choice([1, 2, "x"]), "b": chance.choice(["y", 5, [1]]), "c": chance.choice([True, 0.5])})
             for _ in range(3_000)]
    lines[700] = '{"a":'
    path, rejects = tmp_path / "t.ndjson", tmp_path / "rejects.csv"
    path.write_text("\n".join(lines))
    source = f"read_json('{path}', columns = {{a: int64, b: 'int64[]', c: bool}}, rejects = '{rejects}')"
    found = {}
    for query in ("SELECT a, b FROM {} WHERE a = 1", "SELECT a, len(b) AS n FROM {} ORDER BY a, n LIMIT 3", "SELECT sum(a), count(b) FROM {}",
                  "SELECT x.a FROM (SELECT a, b FROM {}) AS x WHERE x.b IS NOT NULL LIMIT 1"):
        for settings in ((), ("--set", "fusion.mode=off"), ("--threads", "4")):
            program.succeed("sql", "--format", "csv", *settings, query.format(source))
            found[query, settings] = rejects.read_text()
    assert len(set(found.values())) == 1
    rows = list(csv.DictReader(io.StringIO(next(iter(found.values())))))
    expected = [number for number, line in enumerate(lines, 1)
                if number == 701 or json.loads(line)["a"] == "x" or not isinstance(json.loads(line)["b"], list)]
    assert [int(row["line"]) for row in rows] == expected


def test_pipes(tmp_path):
    lines = "".join(json.dumps({"a": number, "b": "x" * 300}) + "\n" for number in range(40_000)) + '{"a": 1'
    rejects = tmp_path / "rejects.csv"
    for text, tail in ((lines, 1), ("[" + lines.rsplit("\n", 1)[0].replace("\n", ",\n") + "]", 0)):
        query = f"SELECT count(*) AS n, sum(a) AS s FROM read_json('-', rejects = '{rejects}')"
        assert program.succeed("sql", "--format", "csv", query, stdin=text).text == "n,s\n40000,799980000\n"
        assert len(rejects.read_text().splitlines()) == 1 + tail


def test_long_values_end_in_an_answer_or_an_error(tmp_path):
    path = tmp_path / "t.json"
    for text, says in [
        ("[" * 2_000_000, None), ('{"a":' * 100_000, None), ('{"a":' + "9" * 1_000_000 + "}", ""), ('{"a":"' + "x" * 15_000_000 + '"}', ""),
        ('{"a":"' + "x" * 17_000_000 + '"}', "maximum_object_size"), ('{"a":' + "[" * 999 + "]" * 999 + "}", ""),
        ('{"a":' + "[" * 1000 + "]" * 1000 + "}", "nested less deeply"), ("{" + ",".join(f'"k{i}":{i % 2 or "true"}' for i in range(200_000)) + "}", ""),
    ]:  # fmt: skip
        path.write_text(text)
        if says == "":
            program.succeed("sql", f"SELECT count(*) FROM '{path}'")
        else:
            program.fail("sql", f"SELECT count(*) FROM '{path}'", says=[says] if says else [])
