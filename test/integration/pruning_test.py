"""What is left out by statistics, Bloom filters and page indexes is never a row that passes: random predicates over files of several writers against DuckDB."""

import datetime
import decimal
import itertools
import json
import os

import numpy
import program
import pyarrow
import pyarrow.parquet
import pytest
from oracle import open_duckdb

SEED = int(os.environ.get("HEADRACE_SEED", "11"))
ROWS = 2_000
EPOCH = datetime.datetime(2019, 11, 28)


def make_table(chance):
    place = numpy.arange(ROWS)
    some = lambda share: chance.random(ROWS) < share  # noqa: E731
    with_nulls = lambda values, share, kind=None: pyarrow.array(values, kind, mask=some(share))  # noqa: E731
    rising = numpy.sort(chance.integers(-500, 5_000, ROWS))
    floats = numpy.sort(chance.standard_normal(ROWS) * 100)
    floats[chance.integers(0, ROWS, 9)] = numpy.nan
    floats[chance.integers(0, ROWS, 9)] = 0.0
    floats[chance.integers(0, ROWS, 9)] = -0.0
    moments = [EPOCH + datetime.timedelta(hours=int(row)) + datetime.timedelta(microseconds=int(us)) for row, us in zip(place, chance.integers(0, 10**9, ROWS))]
    long_text = [f"{'prefix' * 15}{row // 7:05d}" for row in place]
    runs = numpy.where(place // 100 % 3 == 0, None, place // 50)
    return pyarrow.table({
        "place": pyarrow.array(place),
        "rising": with_nulls(rising, 0.1),
        "shuffled": with_nulls(chance.permutation(ROWS).astype(numpy.int32), 0.05),
        "even": pyarrow.array(chance.permutation(ROWS) * 2),
        "word": with_nulls([f"w{value:04d}" for value in rising], 0.2),
        "long": pyarrow.array(long_text),
        "runs": pyarrow.array(list(runs), pyarrow.int64()),
        "real": with_nulls(floats, 0.1),
        "small": with_nulls((floats // 1).astype(numpy.float32), 0.1),
        "day": with_nulls([moment.date() for moment in moments], 0.1),
        "moment": with_nulls(moments, 0.1, pyarrow.timestamp("us")),
        "millis": pyarrow.array([moment.replace(microsecond=moment.microsecond // 1000 * 1000) for moment in moments], pyarrow.timestamp("ms")),
        "price": with_nulls([decimal.Decimal(int(value)).scaleb(-2) for value in rising], 0.1, pyarrow.decimal128(9, 2)),
        "unsigned": pyarrow.array(chance.integers(0, 2**32, ROWS, dtype=numpy.uint32)),
        "flag": with_nulls(some(0.5), 0.3),
        "list": pyarrow.array([list(range(row % 4)) if row % 5 else None for row in place]),
    })


BLOOMS = ["even", "shuffled", "word", "real", "small", "day", "millis", "price", "unsigned", "long"]


def by_arrow(table, path, number):
    blooms = {name: {"ndv": ROWS, "fpp": 0.01} for name in BLOOMS} if number % 3 else None
    pyarrow.parquet.write_table(
        table, path, row_group_size=(300, ROWS, 777)[number % 3], data_page_size=(64, 700, 5_000)[number // 2 % 3], write_batch_size=(8, 64)[number % 2],
        data_page_version=("1.0", "2.0")[number // 2 % 2], compression=("none", "zstd", "snappy")[number % 3], use_dictionary=bool(number % 4),
        write_statistics=number % 5 != 4, write_page_index=number % 2 == 0, bloom_filter_options=blooms, store_decimal_as_integer=number % 3 == 1)


def by_us(table, path, number):
    pyarrow.parquet.write_table(table, f"{path}.in")
    blooms = ", ".join(f"'{name}'" for name in BLOOMS)
    program.succeed("sql", f"COPY (SELECT * FROM read_parquet('{path}.in')) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE {(300, 1_111)[number % 2]}, BLOOM_FILTER_COLUMNS [{blooms}])")


def by_duckdb(table, path, number):
    connection = open_duckdb()
    connection.register("source", table)
    connection.execute(f"COPY source TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 2048, PARQUET_VERSION {('V1', 'V2')[number % 2]})")


def literal_of(name, chance, table):
    """A literal that is somewhere among the column's values, or beside them."""
    values = table[name].drop_null()
    value = values[int(chance.integers(len(values)))].as_py()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value!r}::double" if numpy.isfinite(value) else "'nan'::double"
    if isinstance(value, int):
        return str(value + int(chance.integers(-1, 2)))
    if isinstance(value, decimal.Decimal):
        return f"{value + decimal.Decimal(int(chance.integers(-1, 2))).scaleb(-int(chance.integers(1, 4)))}"
    if isinstance(value, datetime.datetime):
        return f"TIMESTAMP '{value + datetime.timedelta(milliseconds=int(chance.integers(-1, 2)))}'"
    if isinstance(value, datetime.date):
        return f"DATE '{value + datetime.timedelta(days=int(chance.integers(-1, 2)))}'"
    return f"'{value if chance.random() < 0.7 else value + 'x'}'"


def leaf(chance, table):
    names = [name for name in table.column_names if name not in ("place", "list")]
    name = names[chance.integers(len(names))]
    literal = lambda: literal_of(name, chance, table)  # noqa: E731
    compare = ("=", "<", "<=", ">", ">=", "<>")[chance.integers(6)]
    choices = [f"{name} = {literal()}", f"{name} {compare} {literal()}", f"{name} IN ({literal()}, {literal()}, {literal()})",
               f"{name} BETWEEN {literal()} AND {literal()}", f"{name} IS NULL", f"{name} IS NOT NULL", f"{literal()} {compare} {name}"]
    if name in ("word", "long"):
        text = literal().strip("'")
        choices += [f"{name} LIKE '{text[:int(chance.integers(1, len(text)))]}%'", f"starts_with({name}, '{text[:3]}')"]
    if name in ("day", "moment", "millis"):
        unit = ("month", "quarter", "year", "week", "day", "hour")[chance.integers(5 if name == "day" else 6)]
        choices += [f"date_trunc('{unit}', {name}) {compare} {literal()}", f"year({name}) {compare} {2019 + int(chance.integers(3))}"] * 2
        choices += [f"CAST({name} AS DATE) {compare} CAST({literal()} AS DATE)", f"CAST({name} AS TIMESTAMP) {compare} CAST({literal()} AS TIMESTAMP)",
                    f"date_trunc('{unit}', {name}) BETWEEN {literal()} AND {literal()}"]
    if name in ("rising", "shuffled", "price", "runs"):
        choices += [f"CAST({name} AS {kind}) {compare} {int(chance.integers(-10, 2_000))}" for kind in ("INTEGER", "BIGINT", "DOUBLE", "DECIMAL(12,1)")]
    return choices[chance.integers(len(choices))]


def predicate(chance, table, depth=2):
    kind = chance.random()
    if depth == 0 or kind < 0.4:
        return leaf(chance, table)
    if kind < 0.5:
        return f"NOT ({predicate(chance, table, depth - 1)})"
    word = " AND " if kind < 0.75 else " OR "
    return "(" + word.join(predicate(chance, table, depth - 1) for _ in range(chance.integers(2, 4))) + ")"


def query_of(path, predicates):
    """One row for each predicate: which rows passed, as counts and sums."""
    return " UNION ALL ".join(
        f"SELECT {number} AS q, count(*) AS n, coalesce(sum(place), 0)::bigint AS p, coalesce(sum(place * place), 0)::bigint AS pp, coalesce(sum(even), 0)::bigint AS e, "
        f"coalesce(sum(length(long)), 0)::bigint AS t, coalesce(sum(len(list)), 0)::bigint AS l FROM '{path}' WHERE {one}" for number, one in enumerate(predicates)) + " ORDER BY q"


def duckdb_answer(table, predicates):
    """From memory: what DuckDB leaves out of files by their statistics may be NaN."""
    connection = open_duckdb()
    connection.register("source", table)
    return [",".join(map(str, row)) for row in connection.execute(query_of("source", predicates).replace("'source'", "source")).fetchall()]


WRITERS = [(by_arrow, number) for number in range(10)] + [(by_us, 0), (by_us, 1), (by_duckdb, 0), (by_duckdb, 1)]


@pytest.mark.parametrize("number", range(len(WRITERS)))
def test_answers_as_duckdb(number, tmp_path):
    chance = numpy.random.default_rng([SEED, number])
    table = make_table(chance)
    path = tmp_path / "t.parquet"
    writer, variant = WRITERS[number]
    writer(table, path, variant)
    predicates = [predicate(chance, table) for _ in range(60)]
    query = query_of(path, predicates)
    answers = {
        "duckdb": duckdb_answer(table, predicates),
        "pruned": program.csv(query, "--threads", "2").splitlines()[1:],
        "small vectors": program.csv(query, "--threads", "1", "--set", "vector_rows=7", "--set", "tier=interpreted").splitlines()[1:],
        "all": program.csv(query, "--set", "fusion.rule.prune_scans=off").splitlines()[1:]}
    for name, answer in answers.items():
        wrong = [f"{one}: {theirs} by duckdb, {ours} {name}" for one, theirs, ours in zip(predicates, answers["duckdb"], answer, strict=True) if ours != theirs]
        assert not wrong, f"seed {SEED}, {number}:\n" + "\n".join(wrong[:5])


# --- what is reported

def report_of(query, *arguments):
    """{unit: rung}, {predicate: reason}"""
    stage = json.loads(program.succeed("explain", "--analyze", "--format", "json", *arguments, query).text)["stages"][0]
    return {rung["unit"]: rung for rung in stage["pruning"]}, {one["predicate"]: one["reason"] for one in stage["predicates"]}


def paged(tmp_path, **options):
    path = tmp_path / "p.parquet"
    table = pyarrow.table({"k": range(10_000), "w": [row * 7 % 10_000 for row in range(10_000)], "text": [f"t{row}" * 20 for row in range(10_000)]})
    pyarrow.parquet.write_table(table, path, **{"row_group_size": 5_000, "data_page_size": 1_000, "write_batch_size": 100, "compression": "none",
                                                "use_dictionary": False, "write_page_index": True} | options)
    return path


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_pages_by_index(version, tmp_path):
    path = paged(tmp_path, data_page_version=version)
    query = f"SELECT count(*) AS n, min(text) AS t FROM '{path}' WHERE k BETWEEN 1234 AND 1250"
    assert program.csv(query) == f"n,t\n17,{'t1234' * 20}\n"
    rungs, reasons = report_of(query)
    assert rungs["row groups"]["skipped"] == 1 and rungs["row groups"]["bytes_saved"] > 0 and rungs["row groups"]["requests_saved"] == 2
    pages = rungs["pages"]
    assert pages["looked_at"] > 60 and pages["skipped"] >= pages["looked_at"] - 4
    assert pages["bytes_saved"] > 0.9 * sum(pyarrow.parquet.read_metadata(path).row_group(0).column(c).total_compressed_size for c in (0, 2))
    assert set(reasons.values()) == {""}
    bytes_read = program.run("explain", "--analyze", query).text
    assert "pages; " in bytes_read and "requests not read" in bytes_read


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_pages_by_their_headers(version, tmp_path):
    path = paged(tmp_path, write_page_index=False, data_page_version=version)
    rungs, _ = report_of(f"SELECT count(*) AS n FROM '{path}' WHERE k BETWEEN 1234 AND 1250")
    assert rungs["pages"]["skipped"] >= 20
    path = paged(tmp_path, write_page_index=False, write_statistics=False)
    rungs, reasons = report_of(f"SELECT count(*) AS n FROM '{path}' WHERE k = 7")
    assert "pages" not in rungs and rungs["row groups"]["skipped"] == 0
    assert list(reasons.values()) == ["the file has no statistics for this column; the column has no Bloom filter; the file has no page index for this column"]


def test_pages_intersect(tmp_path):
    """Each predicate alone keeps many pages, both together few."""
    path = paged(tmp_path, row_group_size=10_000)
    rungs, _ = report_of(f"SELECT text FROM '{path}' WHERE k < 3000 AND (k > 2900 OR k IS NULL) AND w >= 0")
    assert rungs["pages"]["skipped"] > 0.95 * rungs["pages"]["looked_at"]


def test_row_groups_by_bloom_filter(tmp_path):
    path = tmp_path / "b.parquet"
    table = pyarrow.table({"even": [row * 2 for row in range(4_000)], "word": [f"w{row * 2}" for row in range(4_000)]})
    shuffled = table.take(numpy.random.default_rng(3).permutation(4_000))
    pyarrow.parquet.write_table(shuffled, path, row_group_size=1_000, bloom_filter_options={name: {"ndv": 1_000, "fpp": 1e-6} for name in table.column_names})
    for predicate in ("even = 4001", "even IN (4001, 17, 5)", "word = 'w4001'", "even = 4001 OR word = 'w3'", "even = 4001::smallint", "even = 4001.0"):
        query = f"SELECT count(*) AS n, sum(even) AS s FROM '{path}' WHERE {predicate}"
        assert program.csv(query) == "n,s\n0,\n"
        rungs, reasons = report_of(query)
        assert rungs["row groups"]["skipped"] == 0, predicate
        assert rungs["row groups by Bloom filter"]["looked_at"] == 4 and rungs["row groups by Bloom filter"]["skipped"] == 4, predicate
        assert rungs["row groups by Bloom filter"]["bytes_saved"] > 0 and set(reasons.values()) == {""}
    _, reasons = report_of(f"SELECT count(*) AS n FROM '{path}' WHERE even < 4001")
    assert "every row group's range overlaps it" in reasons.popitem()[1]
    rungs, reasons = report_of(f"SELECT count(*) AS n FROM '{path}' WHERE even IN (4000, 4001)")
    assert rungs["row groups by Bloom filter"]["skipped"] == 3


def test_the_rule_turns_it_off(tmp_path):
    path = paged(tmp_path)
    text = program.succeed("explain", "--analyze", "--set", "fusion.rule.prune_scans=off", f"SELECT count(*) FROM '{path}' WHERE k = 1234").text
    assert "skipped 0 of 2 row groups" in text and "pages" not in text
    plain = program.succeed("explain", "--fusion", f"SELECT count(*) FROM '{path}' WHERE k = 1234").text
    assert "  skipped 1 of 2 row groups\n" in plain


def test_date_trunc_prunes_although_it_can_fault(tmp_path):
    path = tmp_path / "d.parquet"
    moments = [datetime.datetime(2024, 1 + row // 100, 1 + row % 28) for row in range(1_200)]
    pyarrow.parquet.write_table(pyarrow.table({"at": pyarrow.array(moments, pyarrow.timestamp("us")), "v": range(1_200)}), path, row_group_size=100)
    for predicate in ("date_trunc('month', at) = TIMESTAMP '2024-03-01'", "date_trunc('month', at) BETWEEN DATE '2024-03-01' AND DATE '2024-03-31'",
                      "date_trunc('quarter', at) = DATE '2024-01-01' AND month(at) = 3"):
        query = f"SELECT count(*) AS n, min(v) AS v FROM '{path}' WHERE {predicate}"
        assert program.csv(query) == "n,v\n100,200\n"
        rungs, _ = report_of(query)
        assert rungs["row groups"]["skipped"] >= 9, predicate
    nested = f"SELECT count(*) AS n FROM (SELECT at AS t, v + 1 AS u FROM '{path}') WHERE date_trunc('month', t) = DATE '2024-03-01'"
    assert program.csv(nested) == "n\n100\n"
    assert report_of(nested)[0]["row groups"]["skipped"] == 11


def test_a_fault_is_not_hidden(tmp_path):
    """A row whose sibling faults is met, although the other is null."""
    path = tmp_path / "f.parquet"
    table = pyarrow.table({"at": pyarrow.array([None, None], pyarrow.timestamp("us")), "big": pyarrow.array([2**40, 5])})
    pyarrow.parquet.write_table(table, path)
    program.fail("sql", f"SELECT * FROM '{path}' WHERE date_trunc('month', at) = DATE '2024-03-01' AND CAST(big AS INTEGER) = 5", says=["row 1"])


@pytest.mark.parametrize("first,second", list(itertools.product(("k", "w"), repeat=2)))
def test_streams_of_rows_keep_their_order(first, second, tmp_path):
    path = paged(tmp_path, row_group_size=3_000)
    query = f"SELECT k FROM '{path}' WHERE {first} % 1000 < 3 AND ({second} BETWEEN 2000 AND 2500 OR {first} > 9900 OR k IN (17, 6001))"
    expected = program.csv(query, "--set", "fusion.rule.prune_scans=off")
    for threads in (1, 3):
        assert program.csv(query, "--threads", str(threads)) == expected
    limited = program.csv(f"{query} LIMIT 2")
    assert limited.splitlines() == expected.splitlines()[:3]
