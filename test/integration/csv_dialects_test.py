"""CSV files of random dialects: the records that Python's csv module reads, the values that DuckDB reads; bad records by every policy."""

import bz2
import csv
import datetime
import gzip
import io
import json
import lzma
import random
import subprocess

import duckdb
import pytest

import program

ROWS = 400


def random_field(rng, special):
    letters = "abcxyz0123 .-_é漢" + special * 2
    return "".join(rng.choice(letters) for _ in range(rng.choice([0, 1, 3, 8, 14, 40])))


def write(path, rows, *, delimiter, quote, escape, terminator, all_quoted):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter, quotechar=quote, escapechar=escape or None,
                            doublequote=not escape, lineterminator=terminator,
                            quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL)
        writer.writerows(rows)


def options_text(options):
    return "".join(f", {name} = '{value}'" for name, value in options.items())


@pytest.mark.parametrize("seed", range(24))
def test_records_are_those_of_python(seed, tmp_path):
    rng = random.Random(seed)
    delimiter = rng.choice(",;|\t:")
    quote = rng.choice("\"'")
    escape = rng.choice(["", "", "\\"])
    terminator = rng.choice(["\n", "\r\n"])
    special = delimiter + quote + (escape or "") + "\n" + ("" if escape else "\r")
    width = rng.randint(2, 7)
    rows = [[random_field(rng, special) for _ in range(width)] for _ in range(ROWS)]
    path = tmp_path / "t.csv"
    write(path, [[f"c{i}" for i in range(width)], *rows], delimiter=delimiter, quote=quote, escape=escape,
          terminator=terminator, all_quoted=True)
    options = {"delim": delimiter, "quote": quote.replace("'", "''"), "header": "true", "all_varchar": "true"}
    if escape:
        options["escape"] = escape
    theirs = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline=""), delimiter=delimiter,
                             quotechar=quote, escapechar=escape or None, doublequote=not escape))[1:]
    assert theirs == rows
    text = program.succeed("sql", "--format", "ndjson", f"FROM read_csv('{path}'{options_text(options)})").text
    ours = [[value for value in json.loads(line).values()] for line in text.splitlines()]
    assert ours == rows


def random_value(rng, kind):
    if rng.random() < 0.1:
        return ""
    if kind == "bigint":
        return str(rng.choice([0, 7, -1, rng.randint(-10**6, 10**6), rng.randint(-2**63, 2**63 - 1)]))
    if kind == "double":
        return rng.choice([f"{rng.gauss(0, 50):.1f}", f"{rng.gauss(0, 1e6):.4f}", repr(rng.gauss(0, 1e-8)), "-0.0", "1e5",
                           f"{rng.random():.17f}", "5", ".5", "1234567.875", "99999999.9"])
    if kind == "decimal(12,3)":
        return rng.choice([f"{rng.randint(-10**8, 10**8) / 1000:.3f}", "7", "-0.1", "12.50", "999999999.999"])
    if kind == "date":
        return f"{rng.randint(1900, 2100):04d}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    if kind == "timestamp":
        fraction = rng.choice(["", ".5", ".123", ".123456"])
        return f"{random_value_of_date(rng)}{rng.choice(' T')}{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:07{fraction}"
    if kind == "boolean":
        return rng.choice(["true", "false"])
    return random_field(rng, ",")


def random_value_of_date(rng):
    return f"{rng.randint(1900, 2100):04d}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"


@pytest.mark.parametrize("seed", range(12))
def test_values_are_those_of_duckdb(seed, tmp_path):
    rng = random.Random(1000 + seed)
    kinds = [rng.choice(["bigint", "double", "decimal(12,3)", "date", "timestamp", "boolean", "varchar"])
             for _ in range(rng.randint(2, 8))]
    names = [f"c{i}" for i in range(len(kinds))]
    path = tmp_path / "t.csv"
    write(path, [names, *[[random_value(rng, kind) for kind in kinds] for _ in range(ROWS)]],
          delimiter=rng.choice(",;|"), quote='"', escape="", terminator=rng.choice(["\n", "\r\n"]), all_quoted=False)
    delimiter = path.read_text(encoding="utf-8")[2]
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in zip(names, kinds))
    source = f"read_csv('{path}', delim = '{delimiter}', header = true, columns = {{{columns}}})"
    theirs = duckdb.connect().execute(f"FROM {source}").fetchall()
    text = program.succeed("sql", "--format", "csv", f"FROM {source}").text
    ours = list(csv.reader(io.StringIO(text, newline="")))[1:]
    for mine, other in zip(ours, theirs, strict=True):
        for kind, one, two in zip(kinds, mine, other):
            if two is None or two == "":
                assert one == ""
            elif kind == "double":
                assert float(one) == two and str(float(one)) == str(two)
            elif kind == "timestamp":
                assert datetime.datetime.fromisoformat(one) == two
            elif kind == "boolean":
                assert one == str(two).lower()
            else:
                assert one == str(two)


def weblog(path, rows, bad_share, seed=5):
    """Lines of a log with six kinds of broken ones; the ids of those that are whole."""
    rng = random.Random(seed)
    whole = []
    with open(path, "w", newline="", encoding="utf-8") as file:
        file.write("id,at,status,agent\n")
        for number in range(rows):
            line = f'{number},2024-01-{number % 28 + 1:02d} 10:00:00,{rng.choice([200, 404])},"Mozilla, ""{number}"""'
            if rng.random() >= bad_share:
                whole.append(number)
            else:
                line = rng.choice([f"x{line}", line.replace("2024-01", "2024-13"), line + ",more", f"{number},2024",
                                   line + "tail", line.replace(",200,", ",ok,").replace(",404,", ",ok,")])
            file.write(line + "\n")
    return whole


TYPES = "types = {'id': 'bigint', 'at': 'timestamp', 'status': 'int', 'agent': 'varchar'}, header = true"
RULES = ["drop_unread_columns", "prune_columns", "push_filters", "merge_projects", "fold_constants", "propagate_constants"]


@pytest.mark.parametrize("ending", ["ndjson", "csv"])
def test_rejects_are_the_same_bytes_for_any_plan(ending, tmp_path):
    path, rejects = tmp_path / "t.csv", tmp_path / f"r.{ending}"
    whole = weblog(path, 60_000, 0.02)
    seen = set()
    for query in ["SELECT count(*) AS n, min(id), min(at), min(status) FROM {}",
                  "SELECT id, at, status FROM (SELECT *, status + 1 AS more FROM {}) LIMIT 3",
                  "SELECT sum(a.id) FROM {0} a JOIN {0} b ON a.id = b.id AND a.at = b.at WHERE a.status = 200"]:
        for settings in ["", "SET threads = 1;", "SET threads = 4; SET fusion.mode = 'off';",
                         *[f"SET fusion.rule.{rule} = off;" for rule in RULES]]:
            rejects.unlink(missing_ok=True)
            source = f"read_csv('{path}', rejects = '{rejects}', {TYPES})"
            program.succeed("sql", "--format", "csv", settings + query.format(source))
            seen.add(rejects.read_bytes())
    assert len(seen) == 1
    bad = seen.pop().decode()
    if ending == "ndjson":
        lines = path.read_text().split("\n")
        records = [json.loads(line) for line in bad.splitlines()]
        assert len(records) == 60_000 - len(whole)
        for record in records:
            assert lines[record["line"] - 1] == record["raw"]
            assert path.read_bytes()[record["position"]:].startswith(record["raw"].encode())
        assert {record["column"] for record in records} == {"id", "at", "status", None}
    else:
        assert len(list(csv.reader(io.StringIO(bad)))) == 60_001 - len(whole)


def test_skip_null_and_fail(tmp_path):
    path = tmp_path / "t.csv"
    whole = weblog(path, 5_000, 0.05)
    skipped = program.succeed("sql", "--format", "csv",
                              f"SELECT count(*), sum(id), count(at), count(status) FROM read_csv('{path}', "
                              f"on_error = 'skip', {TYPES})")
    assert skipped.text.split()[1] == f"{len(whole)},{sum(whole)},{len(whole)},{len(whole)}"
    assert f"note: {path}: {5_000 - len(whole)} bad records left out" in skipped.stderr
    analyzed = program.succeed("explain", "--analyze", f"SELECT id, at, status FROM read_csv('{path}', on_error = 'skip', "
                               f"{TYPES})")
    assert f"bad records left out: {5_000 - len(whole)}" in analyzed.text
    nulled = program.succeed("sql", "--format", "csv", f"SELECT count(*) FROM read_csv('{path}', on_error = 'null', {TYPES})")
    assert nulled.text.split()[1] == "5000"
    program.fail("sql", f"SELECT sum(id), max(at), max(status) FROM read_csv('{path}', {TYPES})",
                 says=[f"{path}:[0-9]+"])
    first = next(i for i, number in enumerate(whole) if i != number)
    fine = program.succeed("sql", "--format", "csv", f"SELECT id, at, status, agent FROM read_csv('{path}', {TYPES}) LIMIT {first}")
    assert len(fine.text.splitlines()) == first + 1


@pytest.mark.parametrize("off", [[], ["propagate_constants"], RULES + ["combine_limits"]])
@pytest.mark.parametrize(
    "query",
    ["{t} WHERE false", "{t} WHERE id > 5 AND id < 3", "{t} WHERE id IS NULL AND id = 1", "{t} WHERE id IN (7, 8) AND id = 9", "{t} LIMIT 0", "{t}, (SELECT 1 WHERE false) y",
     "(SELECT 1 AS id) UNION ALL (SELECT id FROM {t} LIMIT 0)", "(SELECT 1 AS id) x WHERE 1 IN (SELECT id FROM {t} WHERE false)"])  # fmt: skip
def test_rejects_are_complete_where_no_row_passes(tmp_path, query, off):
    path, rejects = tmp_path / "t.csv", tmp_path / "r.ndjson"
    whole = weblog(path, 500, 0.1)
    source = f"read_csv('{path}', rejects = '{rejects}', validate = 'declared', {TYPES})"
    settings = "".join(f"SET fusion.rule.{rule} = 'off'; " for rule in off)
    text = query.format(t=source)
    program.succeed("sql", settings + (f"SELECT id FROM {text}" if "UNION" not in text else text))
    assert len(rejects.read_text().splitlines()) == 500 - len(whole)
    if "LIMIT" not in query:
        program.fail("sql", settings + (f"SELECT id FROM {text}").replace(f"rejects = '{rejects}', ", ""), says=[r"t\.csv:"])


def test_a_query_that_fails_leaves_no_rejects(tmp_path):
    path, rejects = tmp_path / "t.csv", tmp_path / "r.ndjson"
    weblog(path, 1_000, 0.05)
    program.fail("sql", f"SELECT 1 // (id - 900) FROM read_csv('{path}', rejects = '{rejects}', {TYPES})",
                 says=["division by zero"])
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.csv"]


def test_several_files_share_their_rejects(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.csv").write_text(f"a,b\n1,{number}\nx,{number}\n2\n")
    rejects = tmp_path / "r.ndjson"
    text = program.succeed("sql", "--format", "csv", f"SELECT b, filename FROM read_csv('{tmp_path}/*.csv', filename = true, "
                           f"types = {{'a': 'int', 'b': 'int'}}, rejects = '{rejects}', validate = 'declared') LIMIT 1").text
    assert text.split()[1] == f"0,{tmp_path}/0.csv"
    records = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [(record["file"][-5:], record["line"], record["column"]) for record in records] == [
        (f"{number}.csv", line, column) for number in range(3) for line, column in [(3, "a"), (4, None)]]


TEXT = "id,name\n" + "".join(f'{number},"näme {number}"\n' for number in range(50_000))


def count_and_last(path, options="", stdin=None):
    query = f"SELECT count(*), max(id), max(name) FROM read_csv('{path}'{options})"
    if stdin is None:
        return program.csv(query).split("\n")[1]
    done = subprocess.run([program.BINARY, "sql", "--format", "csv", query], input=stdin, capture_output=True, check=True,
                          timeout=60)
    return done.stdout.decode().split("\n")[1]


EXPECTED = "50000,49999,näme 9999"


@pytest.mark.parametrize("ending, compress", [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)])
def test_compressed(ending, compress, tmp_path):
    path = tmp_path / f"t.csv.{ending}"
    path.write_bytes(compress(TEXT[:300_000].encode() + b"") + compress(TEXT[300_000:].encode()))
    assert count_and_last(path) == EXPECTED
    cut = tmp_path / f"cut.csv.{ending}"
    cut.write_bytes(compress(TEXT.encode())[:-30])
    program.fail("sql", f"SELECT count(*) FROM '{cut}'", says=["cannot be read as"])
    name = {"gz": "gzip", "bz2": "bzip2", "xz": "xz"}[ending]
    plain = tmp_path / "t.csv"
    plain.write_bytes(compress(TEXT.encode()))
    program.fail("sql", f"SELECT count(*) FROM '{plain}'", says=[f"compression = '{name}'"])
    assert count_and_last(plain, f", compression = '{name}'") == EXPECTED


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "latin-1", "utf-8-sig"])
def test_encodings(encoding, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert count_and_last(path, "" if encoding == "utf-8-sig" else f", encoding = '{encoding}'") == EXPECTED
    if encoding in ("utf-16", "utf-16-le"):
        path.write_bytes("a,b\n1,😀\n".encode(encoding))
        assert program.csv(f"FROM read_csv('{path}', encoding = '{encoding}')") == "a,b\n1,😀\n"
        path.write_bytes(path.read_bytes() + b"\x00\xdc")
        program.fail("sql", f"FROM read_csv('{path}', encoding = '{encoding}')", says=["half of a surrogate pair"])


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_standard_input(name, tmp_path):
    assert count_and_last(name, stdin=TEXT.encode()) == EXPECTED
    assert count_and_last(name, ", compression = 'gzip'", stdin=gzip.compress(TEXT.encode())) == EXPECTED
    large = TEXT + "".join(f"{number},x\n" for number in range(50_000, 1_500_000))
    assert count_and_last(name, stdin=large.encode()) == "1500000,1499999,x"
    one = f"SELECT sum(a.id + b.id) AS total FROM read_csv('{name}') a, read_csv('{name}') b"
    assert program.csv(one, stdin="id\n1\n2\n") == "total\n12\n"  # one scan for both
    done = subprocess.run([program.BINARY, "sql", one.replace(") b", ", header = true) b")], input=b"id\n1\n",
                          capture_output=True, check=False, timeout=60)
    assert done.returncode != 0 and b"can be read once" in done.stderr
    rejects = tmp_path / "r.ndjson"
    done = subprocess.run([program.BINARY, "sql", f"SELECT id FROM read_csv('{name}', rejects = '{rejects}', types = "
                           "{'id': 'int'}, header = true) LIMIT 2"], input=b"id\n1\n2\n3\nx\n", capture_output=True,
                          check=True, timeout=60)
    assert json.loads(rejects.read_text())["line"] == 5


def test_nulls_and_ragged_rows(tmp_path):
    path = tmp_path / "t.csv"

    def check(text, options, expected):
        path.write_text(text)
        assert program.csv(f"FROM read_csv('{path}'{options})") == expected

    typed = ", types = {'a': 'bigint', 'b': 'varchar'}, header = true"
    check('a,b\n"",x\n"2",\n', typed, "a,b\n,x\n2,\n")
    check('a,b\nNA,x\n"NA","NA"\n3,NA\n', typed + ", nullstr = 'NA'", 'a,b\n,x\n,NA\n3,\n')
    check('a,b\n1,"NA"\n2,""\n', typed + ", nullstr = ['NA', ''], allow_quoted_nulls = true", "a,b\n1,\n2,\n")
    check("a,b\n1,\n2,x\n", typed + ", force_not_null = ['b']", 'a,b\n1,""\n2,x\n')
    check("a,b,c\n1,2\n3\n4,5,6\n", ", null_padding = true", "a,b,c\n1,2,\n3,,\n4,5,6\n")
    check("a,b,c\n1,2\r\n3,x\n4,5,6\r\n", ", null_padding = true", "a,b,c\n1,2,\n3,x,\n4,5,6\n")
    path.write_text("a,b\n1,2\n3,4,5\n")
    program.fail("sql", f"FROM read_csv('{path}', null_padding = true)", says=["expected 2 fields, found 3", "t.csv:3"])
